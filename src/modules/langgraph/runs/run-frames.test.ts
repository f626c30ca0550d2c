import { describe, expect, it } from 'vitest';
import { buildMessage } from '../testing/build-message.ts';
import { createFrameWriter, isAfter, type Frame } from './run-frames.ts';
import { readPosition } from './runs.schemas.ts';

const QUESTION = buildMessage({ role: 'user', content: 'Who?', runId: 'run' });
const ANSWER = buildMessage({
  content: 'It is Ada.',
  runId: 'run',
  promptTokens: 4,
  completionTokens: 3,
});
const SESSION = { type: 'session', session_id: 's', message_id: ANSWER.id, run_id: 'run' };
const USAGE = { type: 'usage', prompt_tokens: 4, completion_tokens: 3, finish_reason: 'stop' };

async function framesOf(events: readonly object[]): Promise<readonly Frame[]> {
  const isOver = () => told.some((event) => 'finish_reason' in event);
  const told: object[] = [];
  const writer = createFrameWriter({
    runId: 'run',
    threadId: 'thread',
    assistantId: 'agent',
    readMessages: async () => [
      QUESTION,
      isOver() ? ANSWER : { ...ANSWER, content: '', status: 'pending' },
    ],
  });
  const frames: Frame[] = [];
  for (const [index, event] of events.entries()) {
    told.push(event);
    frames.push(...(await writer.write(index + 1, JSON.stringify(event))));
  }
  return [...frames, writer.end()];
}

const tokens = ['It is ', 'Ada.'].map((content) => ({ type: 'token', content }));

describe('the frames of a run', () => {
  it('tell the question, the answer as it grows, and the state at the end', async () => {
    const frames = await framesOf([SESSION, ...tokens, USAGE]);
    expect(
      frames.map(({ name, position: { event, frame } }) => `${event}-${frame} ${name}`),
    ).toEqual([
      '1-0 metadata',
      '1-1 values',
      '2-0 messages/metadata',
      '2-1 messages/partial',
      '2-2 messages',
      '3-1 messages/partial',
      '3-2 messages',
      '4-0 messages/complete',
      '4-1 updates',
      '4-2 values',
      '4-3 custom',
      '4-9 end',
    ]);
    const [, asked] = frames;
    expect(asked?.data).toMatchObject({ messages: [{ type: 'human', content: 'Who?' }] });
    const byName = new Map(frames.map(({ name, data }) => [name, data]));
    const whole = {
      id: ANSWER.id,
      type: 'ai',
      content: 'It is Ada.',
      usage_metadata: { input_tokens: 4, output_tokens: 3, total_tokens: 7 },
    };
    expect(byName.get('messages/partial')).toMatchObject([{ type: 'ai', content: 'It is Ada.' }]);
    expect(byName.get('messages')).toMatchObject([
      { type: 'AIMessageChunk', content: 'Ada.' },
      { langgraph_node: 'agent', run_id: 'run' },
    ]);
    expect(byName.get('updates')).toMatchObject({ agent: { messages: [whole] } });
    expect(byName.get('values')).toMatchObject({ messages: [{ type: 'human' }, whole] });
    expect(byName.get('end')).toEqual({ run_id: 'run', status: 'success' });
  });

  it.each([
    ['interrupted', [{ ...USAGE, finish_reason: 'cancelled' }]],
    ['error', [USAGE, { type: 'error', code: 'TIMEOUT', title: 'Timeout', detail: 'Too slow' }]],
  ])('end as %s', async (status, closing) => {
    const frames = await framesOf([SESSION, ...closing]);
    expect(frames.at(-1)?.data).toEqual({ run_id: 'run', status });
    const errors = frames.filter(({ name }) => name === 'error').map(({ data }) => data);
    expect(errors).toEqual(status === 'error' ? [{ error: 'TIMEOUT', message: 'Too slow' }] : []);
  });
});

describe('the frames of a run with tools', () => {
  const call = { id: 'c1', name: 'pay', arguments: '{"sum":3}' };
  const asking = {
    type: 'approval_required',
    tool_call_id: 'c1',
    name: 'pay',
    arguments: '{"sum":3}',
  };
  const called = { type: 'tool_call', ...call, needs_approval: true };
  const waiting = { type: 'status', status: 'waiting' };
  const named = (frames: readonly Frame[], name: string) =>
    frames.filter((frame) => frame.name === name).map(({ data }) => data);

  it('tell a human what is to be decided', async () => {
    const frames = await framesOf([SESSION, called, asking, waiting]);
    const value = { action_requests: [{ name: 'pay', args: { sum: 3 } }] };
    const interrupts = [{ id: 'c1', value }];
    expect(named(frames, 'updates').at(-1)).toMatchObject({ __interrupt__: interrupts });
    expect(named(frames, 'values').at(-1)).toMatchObject({
      messages: [{ type: 'human' }, { type: 'ai', tool_calls: [{ id: 'c1', args: { sum: 3 } }] }],
      __interrupt__: interrupts,
    });
  });

  it('tell the result of a call as a message, and ask no more for what is decided', async () => {
    const result = { type: 'tool_result', tool_call_id: 'c1', name: 'pay', content: 'Paid' };
    const approval = { type: 'approval', tool_call_id: 'c1', decision: 'approve' };
    const frames = await framesOf([
      SESSION,
      called,
      asking,
      waiting,
      approval,
      { ...result, is_error: false },
      waiting,
    ]);
    const message = { type: 'tool', tool_call_id: 'c1', content: 'Paid', status: 'success' };
    expect(named(frames, 'messages/complete')).toMatchObject([[message]]);
    expect(named(frames, 'values').at(-1)).toMatchObject({ __interrupt__: [] });
  });
});

it.each([
  [undefined, '1-0'],
  ['-1', '1-0'],
  ['', '1-0'],
  ['1-0', '1-1'],
  ['2-1', '2-2'],
  ['2', '3-1'],
  ['4-9', undefined],
])('a reader after %s goes on with %s', async (lastEventId, first) => {
  const frames = await framesOf([SESSION, ...tokens, USAGE]);
  const after = readPosition(lastEventId);
  const next = frames.find(({ position }) => isAfter(position, after))?.position;
  expect(next && `${next.event}-${next.frame}`).toBe(first);
});
