import { describe, expect, it } from 'vitest';
import { isAnswered } from './wire-messages.ts';

/** Messages of these types, each with a body of three bytes. */
const messages = (types: string) =>
  Buffer.concat(
    [...types].map((type) => Buffer.from([type.charCodeAt(0), 0, 0, 0, 7, 67, 69, 81])),
  );

describe('a batch', () => {
  it.each([
    ['a query and its end', 'Q', 'TDCZ'],
    ['a batch whose statements all ended', 'BEBES', '2C2CZ'],
    ['a batch that failed', 'BEBES', '2CEZ'],
    ['a batch without a statement', 'CS', '3Z'],
  ])('is answered: %s', (_name, request, reply) => {
    expect(isAnswered(messages(request), messages(reply))).toBe(true);
  });

  it.each([
    ['nothing but readiness', 'Q', 'Z'],
    ['one end of two', 'BEBES', '2C2Z'],
  ])('is not answered: %s', (_name, request, reply) => {
    expect(isAnswered(messages(request), messages(reply))).toBe(false);
  });
});
