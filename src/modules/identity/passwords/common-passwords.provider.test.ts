import { expect, it } from 'vitest';
import { createCommonPasswords } from './common-passwords.provider.ts';

const commonPasswords = createCommonPasswords();

it.each(['P@ssw0rd', 'p@ssw0rd', '!QAZ2wsx', 'password', 'qwertyuiop'])(
  'knows that %s is common, in any case',
  async (password) => {
    await expect(commonPasswords.includes(password)).resolves.toBe(true);
  },
);

it('does not know one that nobody else uses', async () => {
  await expect(commonPasswords.includes('Quite-a-long-0ne')).resolves.toBe(false);
});
