import { describe, expect, it } from 'vitest';
import { PiecewiseResponse } from '#platform/http-client/direct-fetch';
import { isAppError } from '#platform/errors/app-error';
import { DONE_FRAME, finishFrame, frame, textFrame } from '../../testing/scripted-endpoint.ts';
import type { AnswerPart } from '../answer-part.ts';
import { readAnswer } from './read-answer.ts';

async function* bytesOf(pieces: readonly (string | Buffer)[]): AsyncGenerator<Buffer> {
  for (const piece of pieces) yield Buffer.from(piece);
}

async function read(...pieces: readonly (string | Buffer)[]) {
  const parts: AnswerPart[] = [];
  try {
    for await (const part of readAnswer(new PiecewiseResponse(bytesOf(pieces), {}))) {
      parts.push(part);
    }
    return { parts };
  } catch (error) {
    return { parts, error };
  }
}

describe('the frames of an answer', () => {
  it('are told one by one, however they came', async () => {
    const { parts } = await read(
      textFrame('one '),
      textFrame('two ') + textFrame('three ') + finishFrame() + DONE_FRAME,
    );
    expect(parts).toMatchObject([
      { text: 'one ' },
      { text: 'two ' },
      { text: 'three ' },
      { finishReason: 'stop' },
    ]);
  });

  it('may be cut anywhere, also within a character', async () => {
    const bytes = Buffer.from(textFrame('Straße 🙂'));
    for (let at = 1; at < bytes.length; at += 1) {
      const { parts } = await read(bytes.subarray(0, at), bytes.subarray(at));
      expect(parts).toEqual([{ text: 'Straße 🙂' }]);
    }
  });

  it.each([
    ['no JSON', 'data: {\n\n'],
    ['an error', frame({ error: { message: 'overloaded' } })],
    ['another shape', frame({ choices: 'none' })],
  ])('are told as far as they can be read: %s', async (_what, broken) => {
    const { parts, error } = await read(textFrame('one ') + broken + textFrame('two '));
    expect(parts).toEqual([{ text: 'one ' }]);
    expect(error instanceof SyntaxError || isAppError(error, 'external')).toBe(true);
  });

  it('end with [DONE], whatever follows, and without the empty line where there is none', async () => {
    expect((await read(textFrame('one') + DONE_FRAME + textFrame('two'))).parts).toHaveLength(1);
    expect((await read(textFrame('one').trimEnd())).parts).toEqual([{ text: 'one' }]);
  });
});
