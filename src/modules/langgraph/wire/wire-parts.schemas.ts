import { z } from 'zod';
import { freeObject, text, uuid, upTo } from '#platform/http/schema-parts';

const MAX_OFFSET = 100_000;

/** What LangGraph's client sends for everything, and nobody here needs: only a neutral value is taken. */
export function absent<Schema extends z.ZodType>(neutral: Schema) {
  return neutral.nullish().describe('Cannot be had here; only its neutral value is taken');
}

export const notes = freeObject().describe('What a program keeps with it, to find it by');

const DEFAULT_LIMIT = 10;

export const offset = upTo(MAX_OFFSET).default(0);

export function limitTo(maximum: number) {
  return upTo(maximum).min(1).default(DEFAULT_LIMIT);
}

export const sortOrder = z.enum(['asc', 'desc']).nullish();

export const selection = z
  .array(text(64))
  .max(32)
  .nullish()
  .describe('Members that the client is content with; others may come too');

export const ThreadParams = z.object({ thread_id: uuid() });

export const MetadataResponse = z.record(z.string(), z.unknown());

/** A state's place in a thread's history, as the client gives it back. */
export const CheckpointReference = z.strictObject({
  thread_id: uuid().nullish(),
  checkpoint_ns: text(255).nullish(),
  checkpoint_id: uuid().nullish(),
  checkpoint_map: freeObject().nullish(),
});
