import { expect, it } from 'vitest';
import { buildMessage } from '../testing/build-message.ts';
import { presentStates, presentValues } from './present-state.ts';

const asked = () => buildMessage({ role: 'user', content: 'Who?' });
const THREAD = 'thread';

it('gives one state after each message that is whole, the latest first', () => {
  const messages = [asked(), buildMessage(), asked(), buildMessage({ status: 'pending' })];
  const states = presentStates(THREAD, messages, { limit: 10 });
  expect(states.map(({ values }) => values.messages.length)).toEqual([3, 2, 1]);
  expect(states.map(({ next }) => next)).toEqual([['agent'], [], ['agent']]);
  expect(states.map(({ metadata }) => metadata['source'])).toEqual(['input', 'loop', 'input']);
  const [, second] = states;
  expect(second?.checkpoint.checkpoint_id).toBe(messages[1]?.id);
  expect(second?.parent_checkpoint?.checkpoint_id).toBe(messages[0]?.id);
});

it('gives those before a checkpoint, and none before one that is not there', () => {
  const messages = [asked(), buildMessage(), asked()];
  const before = (id: string | undefined) =>
    presentStates(THREAD, messages, { limit: 10, before: id }).length;
  expect([before(messages[2]?.id), before(messages[0]?.id), before('unknown')]).toEqual([2, 0, 0]);
});

it('gives fewer states of a long thread than were asked for, and at least one', () => {
  const messages = Array.from({ length: 1000 }, () => buildMessage());
  const states = presentStates(THREAD, messages, { limit: 100 });
  expect(states.length).toBeGreaterThan(1);
  expect(states.length).toBeLessThan(20);
});

it('holds the newest of messages that are too long together, and the last one always', () => {
  const long = buildMessage({ content: 'x'.repeat(200_000) });
  const longer = buildMessage({ content: 'x'.repeat(300_000) });
  const sizes = [[long, long], [longer], [long, asked()], []].map(
    (messages) => presentValues(messages).messages.length,
  );
  expect(sizes).toEqual([1, 1, 2, 0]);
});
