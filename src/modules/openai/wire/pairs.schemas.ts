import { z, type ZodType } from 'zod';
import { text } from '#platform/http/schema-parts';

const MAX_PAIRS = 16;
const MAX_KEY_LENGTH = 64;
export const MAX_VALUE_LENGTH = 512;

const key = text(MAX_KEY_LENGTH).min(1);

export function pairsOf<Value extends ZodType>(value: Value) {
  return z
    .record(key, value)
    .refine((pairs) => Object.keys(pairs).length <= MAX_PAIRS, `At most ${MAX_PAIRS} pairs`);
}

/** What callers note of a thing of theirs. */
export const Metadata = pairsOf(text(MAX_VALUE_LENGTH)).nullable();
