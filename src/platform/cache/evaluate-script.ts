import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';

export type RedisScript = { readonly text: string; readonly hash: string };

export function redisScript(text: string): RedisScript {
  return { text, hash: createHash('sha1').update(text).digest('hex') };
}

export type ScriptInput = {
  readonly keys: readonly string[];
  readonly values: readonly (string | number)[];
};

/** Runs a script by its hash; its text is sent only to a Redis that does not know it. */
export async function evaluateScript(
  client: Redis,
  { text, hash }: RedisScript,
  { keys, values }: ScriptInput,
): Promise<unknown> {
  try {
    return await client.evalsha(hash, keys.length, ...keys, ...values);
  } catch (error) {
    if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
    return client.eval(text, keys.length, ...keys, ...values);
  }
}
