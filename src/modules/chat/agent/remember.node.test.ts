import { expect, it } from 'vitest';
import { remember } from './remember.node.ts';

const countTokens = (text: string) => text.length;

it('adds the exchange to what was said before', () => {
  const window = [{ role: 'user', content: 'a' } as const];
  expect(
    remember({ window, reply: 'c', steps: [] }, { question: 'b', countTokens }).window,
  ).toEqual([
    { role: 'user', content: 'a' },
    { role: 'user', content: 'b' },
    { role: 'assistant', content: 'c' },
  ]);
});

it('leaves out a question that got no answer', () => {
  expect(
    remember({ window: [], reply: '', steps: [] }, { question: 'b', countTokens }).window,
  ).toEqual([]);
});

it('stays bounded however long the conversation', () => {
  let window: ReturnType<typeof remember>['window'] = [];
  for (let turn = 0; turn < 100; turn += 1) {
    const reply = 'x'.repeat((turn % 7) * 300);
    ({ window } = remember(
      { window, reply, steps: [] },
      { question: `question ${turn}`, countTokens },
    ));
  }
  expect(window.length).toBeLessThanOrEqual(40);
  expect(window[0]?.role).toBe('user');
  expect(window.at(-2)).toEqual({ role: 'user', content: 'question 99' });
});
