import { describe, expect, it } from 'vitest';
import type { ChatTurn } from '#modules/ai';
import { trimHistory } from './trim-history.ts';

const countTokens = (text: string) => text.length;
const OVERHEAD = 4;

const user = (content: string): ChatTurn => ({ role: 'user', content });
const assistant = (content: string): ChatTurn => ({ role: 'assistant', content });
const system: ChatTurn = { role: 'system', content: 'rules' };
const call = (...ids: readonly string[]): ChatTurn => ({
  role: 'assistant',
  content: '',
  toolCalls: ids.map((id) => ({ id, name: 'find', arguments: '{}' })),
});
const result = (id: string): ChatTurn => ({ role: 'tool', content: `found ${id}`, toolCallId: id });

const trim = (turns: readonly ChatTurn[], maxTokens: number) =>
  trimHistory({ turns, maxTokens, countTokens });

/** A small generator with a seed, so that a failing conversation can be made again. */
function randomOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state % below;
  };
}

function conversationOf(seed: number): readonly ChatTurn[] {
  const random = randomOf(seed);
  const turns: ChatTurn[] = [system];
  const exchanges = random(12);
  for (let index = 0; index < exchanges; index += 1) {
    turns.push(user('q'.repeat(random(80))));
    const ids = Array.from({ length: random(4) }, (_, number) => `${index}.${number}`);
    if (ids.length > 0) turns.push(call(...ids), ...ids.map(result));
    turns.push(assistant('a'.repeat(random(200))));
  }
  turns.push(user('the newest question'));
  return turns;
}

const sizeOf = (turns: readonly ChatTurn[]) =>
  turns.reduce((sum, turn) => {
    const calls = turn.toolCalls ?? [];
    const inCalls = calls.reduce(
      (inner, { name, arguments: json }) => inner + name.length + json.length,
      0,
    );
    return sum + OVERHEAD + turn.content.length + inCalls;
  }, 0);

describe('a trimmed history', () => {
  const seeds = Array.from({ length: 300 }, (_, seed) => seed + 1);

  it('keeps the system prompt, the newest message, and the order of the rest', () => {
    for (const seed of seeds) {
      const turns = conversationOf(seed);
      const trimmed = trim(turns, seed * 3);
      expect(trimmed[0]).toBe(system);
      expect(trimmed.at(-1)).toBe(turns.at(-1));
      const places = trimmed.map((turn) => turns.indexOf(turn));
      expect(places).toEqual(places.toSorted((a, b) => a - b));
    }
  });

  it('keeps every tool call together with its results', () => {
    for (const seed of seeds) {
      const trimmed = trim(conversationOf(seed), seed * 3);
      const called = trimmed.flatMap((turn) => turn.toolCalls ?? []).map(({ id }) => id);
      const answered = trimmed.flatMap(({ toolCallId }) => toolCallId ?? []);
      expect(answered).toEqual(called);
    }
  });

  it('fits, unless the system prompt and the newest message alone do not', () => {
    for (const seed of seeds) {
      const turns = conversationOf(seed);
      const least = sizeOf([system, user('the newest question')]);
      expect(sizeOf(trim(turns, seed * 3))).toBeLessThanOrEqual(Math.max(seed * 3, least));
    }
  });

  it('is what it was when it fits, and trimming it again changes nothing', () => {
    for (const seed of seeds) {
      const turns = conversationOf(seed);
      expect(trim(turns, sizeOf(turns))).toEqual(turns);
      const trimmed = trim(turns, seed * 3);
      expect(trim(trimmed, seed * 3)).toEqual(trimmed);
    }
  });

  it('never begins with an answer whose question is gone', () => {
    const turns = [system, user('long '.repeat(50)), assistant('short'), user('next')];
    expect(trim(turns, 60)).toEqual([system, user('next')]);
  });

  it('leaves out a call without its results, and a result without its call', () => {
    const turns = [user('one'), call('a', 'b'), result('a'), result('x'), user('two')];
    expect(trim(turns, 1000)).toEqual([user('one'), user('two')]);
    expect(trim([result('lost'), user('two')], 1000)).toEqual([user('two')]);
  });
});
