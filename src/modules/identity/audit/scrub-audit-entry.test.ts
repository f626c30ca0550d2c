import { expect, it } from 'vitest';
import { scrubAuditMembers } from './scrub-audit-entry.ts';

const userId = '0190b1f0-0000-7000-8000-000000000001';
const pseudonym = '0190b1f0-0000-7000-8000-000000000002';
const other = '0190b1f0-0000-7000-8000-000000000003';

it('keeps what can be counted, and takes out what people wrote', () => {
  const members = {
    name: 'Ada Lovelace',
    email: 'ada@example.com',
    note: { text: 'ada' },
    purpose: 'Ada asked for help',
    role: 'member',
    tier: 'pro',
    is_active: true,
    amount: 3,
    deleted_at: null,
    project_id: other,
  };
  expect(scrubAuditMembers(members, { userId, pseudonym })).toEqual({
    role: 'member',
    tier: 'pro',
    is_active: true,
    amount: 3,
    deleted_at: null,
    project_id: other,
  });
});

it('puts the pseudonym in the place of the user, in lists too', () => {
  const members = { user_id: userId, members: [userId, other, 'Ada'], scopes: ['read'] };
  expect(scrubAuditMembers(members, { userId, pseudonym })).toEqual({
    user_id: pseudonym,
    members: [pseudonym, other],
    scopes: ['read'],
  });
});

it('leaves nothing as it is', () => {
  expect(scrubAuditMembers(null, { userId, pseudonym })).toBeNull();
});
