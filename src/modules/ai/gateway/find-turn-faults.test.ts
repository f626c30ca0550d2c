import { expect, it } from 'vitest';
import type { ChatTurn } from '../chat-model.ts';
import { findEndFault, findTurnFaults } from './find-turn-faults.ts';

const asks: ChatTurn = { role: 'user', content: 'Hello?' };
const says: ChatTurn = { role: 'assistant', content: 'Hello.' };
const calls = (...ids: readonly string[]): ChatTurn => ({
  role: 'assistant',
  content: '',
  toolCalls: ids.map((id) => ({ id, name: 'look', arguments: '{}' })),
});
const answers = (toolCallId: string): ChatTurn => ({ role: 'tool', content: '', toolCallId });

const pathsOf = (...turns: readonly ChatTurn[]) =>
  [...findTurnFaults(turns), ...findEndFault(turns)].map(({ path }) => path.join('.'));

it.each<readonly ChatTurn[]>([
  [asks],
  [{ role: 'system', content: 'Be brief.' }, asks, says, asks],
  [asks, calls('a', 'b'), answers('b'), answers('a')],
  [asks, calls('a'), answers('a'), says, asks, calls('a'), answers('a')],
  [{ role: 'user', content: '', images: [{ kind: 'url', url: 'https://example.com/a.png' }] }],
])('finds nothing wrong with a conversation that a provider takes (%#)', (...turns) => {
  expect(pathsOf(...turns)).toEqual([]);
});

it.each<readonly [string, readonly ChatTurn[], readonly string[]]>([
  ['a call without an answer', [asks, calls('a'), asks], ['1.tool_calls']],
  ['a call with half its answers', [asks, calls('a', 'b'), answers('a')], ['1.tool_calls']],
  ['an answer to no call', [asks, answers('a')], ['1.tool_call_id']],
  ['a second answer', [asks, calls('a'), answers('a'), answers('a')], ['3.tool_call_id']],
  ['a late answer', [asks, calls('a'), says, answers('a')], ['3.tool_call_id', '1.tool_calls']],
  ['two calls of one id', [asks, calls('a', 'a'), answers('a')], ['1.tool_calls']],
  ['a tool that names no call', [asks, { role: 'tool', content: 'x' }], ['1.tool_call_id']],
  ['calls of a user', [{ ...calls('a'), role: 'user' }, answers('a')], ['0.tool_calls']],
  ['images of a system', [{ ...asks, role: 'system', images: [] }, asks], ['0.images']],
  ['an answered call of a user', [{ ...asks, toolCallId: 'a' }], ['0.tool_call_id']],
  ['an empty question', [{ role: 'user', content: '' }], ['0.content']],
  ['an end that asks nothing', [asks, says], ['1.role']],
  ['orders alone', [{ role: 'system', content: 'Be brief.' }], ['0.role']],
])('finds %s', (_what, turns, paths) => {
  expect(pathsOf(...turns).toSorted()).toEqual(paths.toSorted());
});
