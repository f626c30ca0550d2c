import { describe, expect, it } from 'vitest';
import { emailOf } from '../testing/email-of.ts';
import { isSameProfile, mergeProfiles, readProfile } from './external-profile.ts';

const email = emailOf('ada@example.com');
const other = emailOf('other@example.com');

describe('a profile that somebody else tells', () => {
  it('is read as far as it could have been typed here', () => {
    const told = { email: ' Ada@Example.COM ', isEmailVerified: 'true', firstName: ' Ada ' };
    expect(readProfile(told)).toEqual({ email, isEmailVerified: true, firstName: 'Ada' });
  });

  it.each([
    { email: 'no address', isEmailVerified: true },
    { email: 7 },
    { firstName: '' },
    { lastName: 'x'.repeat(101) },
    { username: 'a\0b' },
    { username: '\ud800' },
    { username: { name: 'Ada' } },
  ])('says nothing by %o', (told) => {
    expect(readProfile(told)).toEqual({});
  });
});

describe('what is known of a user', () => {
  const known = { email, isEmailVerified: true, firstName: 'Ada' };

  it('gives way to what is newer, the address together with what is said of it', () => {
    expect(mergeProfiles(known, { email: other, lastName: 'King' }, { isNewer: true })).toEqual({
      email: other,
      firstName: 'Ada',
      lastName: 'King',
    });
  });

  it('is filled in by what is older, and stays', () => {
    const told = { email: other, isEmailVerified: false, firstName: 'Old', lastName: 'King' };
    expect(mergeProfiles(known, told, { isNewer: false })).toEqual({ ...known, lastName: 'King' });
    expect(mergeProfiles({ firstName: 'Ada' }, told, { isNewer: false })).toEqual({
      ...told,
      firstName: 'Ada',
    });
  });

  it('is the same in another order', () => {
    expect(
      isSameProfile({ firstName: 'a', lastName: 'b' }, { lastName: 'b', firstName: 'a' }),
    ).toBe(true);
    expect(isSameProfile({ firstName: 'a' }, { firstName: 'b' })).toBe(false);
  });
});
