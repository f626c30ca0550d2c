import { describe, expect, it } from 'vitest';
import { listUnmetRules } from './check-password.ts';

const TOO_SHORT = 'Password must be at least 8 characters long';
const TOO_LONG = 'Password must be at most 256 characters long';
const NO_UPPER = 'Password must contain at least one uppercase letter';
const NO_LOWER = 'Password must contain at least one lowercase letter';
const NO_NUMBER = 'Password must contain at least one number';
const NO_SPECIAL = 'Password must contain at least one special character';

describe('the password rule', () => {
  it.each([
    ['eight characters of each kind', 'Abcdef1!'],
    ['a passphrase with blanks', ' Correct horse 9'],
    ['letters without case, which count as both', 'パスワード東京1。'],
    ['digits and punctuation of another script', 'Пароль٣؟Пароль'],
    ['256 characters', `Aa1!${'x'.repeat(252)}`],
    ['256 characters that take two code units each', `Aa1!${'𝒳'.repeat(252)}`],
    ['256 letters that only composition brings down to 256', `Aa1!${'e\u0301'.repeat(252)}`],
  ])('accepts %s', (_case, password) => {
    expect(listUnmetRules(password)).toEqual([]);
  });

  it.each([
    ['Abcde1!', [TOO_SHORT]],
    ['abcdefg1!', [NO_UPPER]],
    ['ABCDEFG1!', [NO_LOWER]],
    ['Abcdefgh!', [NO_NUMBER]],
    ['Abcdefg12', [NO_SPECIAL]],
    ['Ⅷbcdefg!', [NO_UPPER, NO_NUMBER]],
    ['', [TOO_SHORT, NO_UPPER, NO_LOWER, NO_NUMBER, NO_SPECIAL]],
    [`Aa1!${'x'.repeat(253)}`, [TOO_LONG]],
    ['Ab1!e\u0301e\u0301e\u0301', [TOO_SHORT]],
  ])('names each rule that %j does not meet', (password, unmet) => {
    expect(listUnmetRules(password)).toEqual(unmet);
  });

  it('refuses a megabyte without reading it', () => {
    const password = 'e\u0301'.repeat(500_000);
    const startedAt = performance.now();
    expect(listUnmetRules(password)).toEqual([TOO_LONG]);
    expect(performance.now() - startedAt).toBeLessThan(10);
  });
});
