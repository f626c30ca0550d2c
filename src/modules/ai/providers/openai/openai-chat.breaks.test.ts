import { describe, expect, it } from 'vitest';
import {
  askMock,
  askScripted,
  BODY_CANARY,
  expectFailure,
  startMock,
} from '../../testing/ask-endpoint.ts';
import { textOf } from '../../testing/chat-requests.ts';
import {
  DONE_FRAME,
  finishFrame,
  frame,
  openStream,
  textFrame,
  type EndpointScript,
} from '../../testing/scripted-endpoint.ts';

const FIVE_WORDS = ['one ', 'two ', 'three ', 'four ', 'five '];

describe('an answer that is cut', () => {
  it.each([
    [
      'by a reset connection',
      (text: string): EndpointScript =>
        (response) => {
          openStream(response);
          response.write(text, () => response.socket?.resetAndDestroy());
        },
    ],
    [
      'by a closed connection',
      (text: string): EndpointScript =>
        (response) => {
          openStream(response);
          response.write(text, () => response.destroy());
        },
    ],
    [
      'by an end without an end',
      (text: string): EndpointScript =>
        (response) => {
          openStream(response);
          response.end(text);
        },
    ],
    [
      'by an end of the stream without a finish reason',
      (text: string): EndpointScript =>
        (response) => {
          openStream(response);
          response.end(text + DONE_FRAME);
        },
    ],
  ])('is never finished: %s', async (_how, cut) => {
    const reading = await askScripted(cut(FIVE_WORDS.map(textFrame).join('')));
    expectFailure(reading, { kind: 'external', options: { reason: 'upstream_cut' } });
    expect(textOf(reading.events)).toBe(FIVE_WORDS.join(''));
    expect(reading.events.some(({ type }) => type === 'finish')).toBe(false);
    expect(reading.calls).toHaveLength(1);
  });

  it('is never finished: by a mock that disconnects', async () => {
    const mock = await startMock();
    mock.onMessage(/.*/, { content: FIVE_WORDS.join('') }, { truncateAfterChunks: 4, latency: 10 });
    const reading = await askMock(mock);
    expectFailure(reading, { kind: 'external', options: { reason: 'upstream_cut' } });
    expect(reading.events.some(({ type }) => type === 'finish')).toBe(false);
    expect(mock.getRequests()).toHaveLength(1);
  });

  it('stands where the cut came after its end, with its usage counted by us', async () => {
    const reading = await askScripted((response) => {
      openStream(response);
      response.write(textFrame('whole') + finishFrame(), () => response.destroy());
    });
    expect(reading.failure).toBeUndefined();
    expect(reading.events.at(-1)).toMatchObject({ type: 'finish', usage: { isEstimated: true } });
  });
});

describe('an answer that is not one', () => {
  it.each([
    ['a frame that is no JSON', 'data: {"choices": [{"delta": BODY-CANARY-7731\n\n'],
    ['a frame of another shape', frame({ choices: BODY_CANARY })],
    ['a frame that is a number', frame(5)],
    ['an HTML page', `<html><body>data: ${BODY_CANARY}</body></html>\n\n`],
    [
      'an answer that is no stream',
      JSON.stringify({ choices: [{ message: { content: BODY_CANARY } }] }),
    ],
    ['nothing', ''],
    ['frames without choices', frame({ choices: [] }) + frame({ choices: [] }) + DONE_FRAME],
    ['an error in a frame', frame({ error: { message: BODY_CANARY } })],
  ])('is refused: %s', async (_what, body) => {
    const reading = await askScripted((response) => {
      openStream(response);
      response.end(body);
    });
    expectFailure(reading, { kind: 'external', options: { reason: 'upstream_error' } });
    expect(reading.events).toEqual([]);
    expect(reading.calls).toHaveLength(1);
  });

  it('is refused by a mock that sends malformed answers', async () => {
    const mock = await startMock();
    mock.onMessage(/.*/, { content: 'fine' }, { chaos: { malformedRate: 1 } });
    const reading = await askMock(mock);
    expectFailure(reading, { kind: 'external', options: { reason: 'upstream_error' } });
  });

  it('is refused after tokens as well, and not asked for again', async () => {
    const reading = await askScripted((response) => {
      openStream(response);
      response.end(`${textFrame('one ')}data: {BODY-CANARY-7731\n\n`);
    });
    expectFailure(reading, { kind: 'external', options: { reason: 'upstream_error' } });
    expect(textOf(reading.events)).toBe('one ');
    expect(reading.calls).toHaveLength(1);
  });
});
