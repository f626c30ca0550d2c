import { describe, expect, it } from 'vitest';
import { createFakeClock } from '../testing/fake-clock.ts';
import { emailOf } from '../testing/email-of.ts';
import { createPasswordGuard } from './password-guard.service.ts';

const RIGHT = { email: emailOf('ada@example.com'), password: 'right', passwordHash: 'right' };
const WRONG = { ...RIGHT, password: 'wrong' };
const UNKNOWN = { ...WRONG, passwordHash: undefined };

function buildGuard() {
  const clock = createFakeClock();
  const counted = new Map<string, { failures: number; expiresAt: Date }>();
  const verified: (string | null | undefined)[] = [];
  const guard = createPasswordGuard({
    clock,
    passwords: {
      async verify(password, hash) {
        verified.push(hash);
        return password === hash;
      },
    },
    signInAttempts: () => ({
      async add(email, { expiresAt }) {
        const known = counted.get(email);
        if (known) known.failures += 1;
        else counted.set(email, { failures: 1, expiresAt });
      },
      async count(email, now) {
        const known = counted.get(email);
        return known && known.expiresAt > now ? known.failures : 0;
      },
      async clear(email) {
        counted.delete(email);
      },
    }),
  });
  const fail = async (times: number) => {
    for (let time = 0; time < times; time += 1) await guard.check(WRONG);
  };
  return { guard, clock, counted, verified, fail };
}

describe('the guard of passwords', () => {
  it('lets the right password in and refuses a wrong one', async () => {
    const { guard } = buildGuard();
    await expect(guard.check(RIGHT)).resolves.toBe('right');
    await expect(guard.check(WRONG)).resolves.toBe('wrong');
    await expect(guard.check(UNKNOWN)).resolves.toBe('wrong');
  });

  it('refuses even the right password after ten wrong ones, until the window is over', async () => {
    const { guard, clock, fail } = buildGuard();
    await fail(10);
    await expect(guard.check(RIGHT)).resolves.toBe('blocked');
    clock.advance(15 * 60 - 1);
    await expect(guard.check(RIGHT)).resolves.toBe('blocked');
    clock.advance(1);
    await expect(guard.check(RIGHT)).resolves.toBe('right');
  });

  it('forgets the failures after a success', async () => {
    const { guard, fail } = buildGuard();
    await fail(9);
    await expect(guard.check(RIGHT)).resolves.toBe('right');
    await fail(9);
    await expect(guard.check(RIGHT)).resolves.toBe('right');
  });

  it('never blocks somebody who signs in often, also at the same time', async () => {
    const { guard } = buildGuard();
    const verdicts = await Promise.all(Array.from({ length: 30 }, () => guard.check(RIGHT)));
    expect(new Set(verdicts)).toEqual(new Set(['right']));
  });

  it('bounds guesses that come at the same time', async () => {
    const { guard } = buildGuard();
    const guesses = Array.from({ length: 30 }, () => guard.check(WRONG));
    const verdicts = await Promise.all([...guesses, guard.check(RIGHT)]);
    expect(verdicts.at(-1)).toBe('blocked');
  });

  it('does the work of a check also while blocked and for an unknown account', async () => {
    const { guard, verified, fail } = buildGuard();
    await fail(10);
    await guard.check(RIGHT);
    await guard.check({ ...UNKNOWN, email: emailOf('nobody@example.com') });
    expect(verified).toHaveLength(12);
    expect(verified.slice(10)).toEqual([undefined, undefined]);
  });

  it('counts failures of accounts that there are not like those of others', async () => {
    const { guard, counted } = buildGuard();
    await guard.check(UNKNOWN);
    expect(counted.get(UNKNOWN.email)?.failures).toBe(1);
  });
});
