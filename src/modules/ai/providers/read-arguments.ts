import { z } from 'zod';

const object = z.record(z.string(), z.unknown());

/** The arguments of a call as the object that they should be; what is none is passed on as text. */
export function readArguments(text: string): Readonly<Record<string, unknown>> {
  if (text.trim() === '') return {};
  try {
    const parsed = object.safeParse(JSON.parse(text));
    if (parsed.success) return parsed.data;
  } catch {
    // A model wrote it, and may read in the answer what was wrong with it.
  }
  return { arguments: text };
}
