import { expect, it } from 'vitest';
import { createBodyPieces } from './body-pieces.ts';

const PIECE = Buffer.alloc(40_000, 'x');

/** A connection that remembers what it was told. */
function build(maxBytes = Infinity) {
  const connection = {
    aborted: false,
    paused: false,
    reason: null,
    abort: () => void (connection.aborted = true),
    pause: () => void (connection.paused = true),
    resume: () => void (connection.paused = false),
  };
  const pieces = createBodyPieces(connection, maxBytes);
  return { connection, pieces, reader: pieces[Symbol.asyncIterator]() };
}

it('gives what came since the last time as one, and holds the connection while much is unread', async () => {
  const { connection, pieces, reader } = build();
  pieces.push(PIECE);
  expect(connection.paused).toBe(false);
  pieces.push(PIECE);
  expect(connection.paused).toBe(true);
  pieces.end();
  expect((await reader.next()).value).toHaveLength(80_000);
  expect(connection.paused).toBe(false);
  expect(await reader.next()).toEqual({ done: true, value: undefined });
});

it('tells of a failure after what came before it', async () => {
  const { pieces, reader } = build();
  pieces.push(PIECE);
  pieces.fail(new Error('reset'));
  expect((await reader.next()).value).toHaveLength(PIECE.length);
  await expect(reader.next()).rejects.toThrow('reset');
});

it('ends a connection that its reader leaves, but not one that is through', async () => {
  const left = build();
  await left.reader.return?.();
  expect(left.connection.aborted).toBe(true);
  const whole = build();
  whole.pieces.end();
  await whole.reader.return?.();
  expect(whole.connection.aborted).toBe(false);
});

it('ends a connection that sends more than may be read', () => {
  const { connection, pieces } = build(50_000);
  pieces.push(PIECE);
  expect(connection.aborted).toBe(false);
  pieces.push(PIECE);
  expect(connection.aborted).toBe(true);
});
