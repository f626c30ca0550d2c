import { redactText } from '../redaction.ts';

/** Of a longer text Langfuse shows nothing useful, and a batch has to stay below what it takes. */
const MAX_LENGTH = 100_000;
const CUT = '… [cut]';

/** A text or a value as Langfuse shows it: cut, and without what looks like a secret. */
export function contentText(value: unknown): string | undefined {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  if (text === undefined) return undefined;
  return redactText(text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}${CUT}` : text);
}
