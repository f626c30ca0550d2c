import { describe, expect, it } from 'vitest';
import { createChunkReader } from './read-chunk.ts';

function readCalls(...deltas: readonly object[]) {
  const read = createChunkReader();
  return deltas.flatMap(
    (call) => read({ choices: [{ delta: { tool_calls: [call] } }] }).toolCalls ?? [],
  );
}

const named = (name: string, input = '') => ({ function: { name, arguments: input } });
const more = (input: string) => ({ function: { arguments: input } });

describe('calls of tools', () => {
  it('are read piece by piece under the index of their endpoint', () => {
    expect(
      readCalls(
        { index: 0, id: 'a', type: 'function', ...named('one') },
        { index: 0, ...more('{"x"') },
        { index: 1, id: 'b', type: 'function', ...named('two') },
        { index: 1, ...more('{}') },
        { index: 0, ...more(':1}') },
      ),
    ).toEqual([
      { index: 0, id: 'a', name: 'one', arguments: '' },
      { index: 0, arguments: '{"x"' },
      { index: 1, id: 'b', name: 'two', arguments: '' },
      { index: 1, arguments: '{}' },
      { index: 0, arguments: ':1}' },
    ]);
  });

  it('are counted from zero without gaps, wherever the endpoint begins', () => {
    const calls = readCalls(
      { index: 1, id: 'a', ...named('one') },
      { index: 3, id: 'b', ...named('two') },
    );
    expect(calls).toMatchObject([{ index: 0 }, { index: 1 }]);
  });

  it('are told apart by their ids where there is no index', () => {
    expect(
      readCalls(
        { id: 'a', ...named('one', '{}') },
        { id: 'b', ...named('two', '{"x":') },
        more('1}'),
      ),
    ).toEqual([
      { index: 0, id: 'a', name: 'one', arguments: '{}' },
      { index: 1, id: 'b', name: 'two', arguments: '{"x":' },
      { index: 1, arguments: '1}' },
    ]);
  });

  it('are named once, though the endpoint repeats it', () => {
    const repeated = { index: 0, id: 'a', function: { name: 'one', arguments: '{' } };
    expect(readCalls(repeated, repeated)).toEqual([
      { index: 0, id: 'a', name: 'one', arguments: '{' },
      { index: 0, arguments: '{' },
    ]);
  });

  it('get an id where the endpoint gives none', () => {
    expect(readCalls({ index: 0, ...named('one') })).toMatchObject([
      { id: expect.stringMatching(/^call_./) },
    ]);
  });

  it('without a name are no answer', () => {
    expect(() => readCalls({ index: 0, id: 'a', ...more('{}') })).toThrow('not an answer');
  });
});

describe('a refusal', () => {
  it('is said, and ends as what was filtered', () => {
    const read = createChunkReader();
    const said = read({ choices: [{ delta: { refusal: 'I cannot help with that.' } }] });
    const end = read({ choices: [{ delta: {}, finish_reason: 'stop' }] });
    expect(said.text).toBe('I cannot help with that.');
    expect(end.finishReason).toBe('content_filter');
  });
});
