import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { MIN_PASSWORD_CHARACTERS } from './check-password.ts';

/** Passwords that people choose most, and attackers try first. */
export interface CommonPasswords {
  /** Tells without regard to case. */
  includes(password: string): Promise<boolean>;
}

const LIST = '@zxcvbn-ts/language-common/src/passwords.json';

/** The ranked list of zxcvbn, 49,000 entries in lower case; read when the first password is set. */
export function createCommonPasswords(): CommonPasswords {
  let list: Promise<ReadonlySet<string>> | undefined;
  return {
    async includes(password) {
      list ??= readList();
      return (await list).has(password.toLowerCase());
    },
  };
}

async function readList(): Promise<ReadonlySet<string>> {
  const content = await readFile(new URL(import.meta.resolve(LIST)), 'utf8');
  const passwords = z.array(z.string()).parse(JSON.parse(content));
  return new Set(passwords.filter((password) => password.length >= MIN_PASSWORD_CHARACTERS));
}
