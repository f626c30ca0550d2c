import { describe, expect, it } from 'vitest';
import { BODY_CANARY, expectFailure, startEndpoint } from './testing/ask-endpoint.ts';
import { neverAborted } from './testing/chat-requests.ts';
import { EMBEDDING_WIRES, type EmbedderName } from './testing/embedding-wires.ts';
import { buildBench, buildBuiltinBench, type Bench } from './testing/provider-subjects.ts';
import type { ScriptedEndpoint } from './testing/scripted-endpoint.ts';

const DIMENSIONS = 3;
const NAMES = ['openai', 'litellm', 'gemini'] as const;

function embedderOf({ provider }: Bench) {
  const embedder = provider.createEmbeddingModel?.('embedder', DIMENSIONS);
  if (!embedder) throw new Error(`${provider.name} makes no vectors`);
  return embedder;
}

const texts = (count: number) => Array.from({ length: count }, (_, index) => `text ${index}`);

describe('the built-in embedder', () => {
  it('gives one vector a text, of the length that was asked for, the same each time', async () => {
    const embedder = embedderOf(buildBuiltinBench());
    const { vectors } = await embedder.embed(['one', 'two', 'one'], neverAborted);
    expect(vectors.map((vector) => vector.length)).toEqual([3, 3, 3]);
    expect(vectors[2]).toEqual(vectors[0]);
  });
});

type Change = (vectors: readonly unknown[], call: number) => readonly unknown[] | string | number;

describe.each(NAMES)('an embedder of %s', (name: EmbedderName) => {
  const wire = EMBEDDING_WIRES[name];

  /** Answers each call with one vector a text, changed as the test wants it; a number is a status. */
  async function start(change: Change = (vectors) => vectors) {
    const endpoint: ScriptedEndpoint = await startEndpoint((response, number) => {
      const asked = wire.textsOf(endpoint.calls.at(-1)?.body ?? '');
      const answer = change(
        asked.map((text, index) => [text.length, index, 1]),
        number,
      );
      const status = typeof answer === 'number' ? answer : 200;
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(typeof answer === 'object' ? wire.answer(answer) : String(answer));
    });
    const embedder = embedderOf(buildBench(name, new URL(endpoint.baseUrl).origin));
    return { endpoint, embedder };
  }

  it('gives one vector a text, in order, over as many calls as it takes, and what was counted', async () => {
    const { embedder, endpoint } = await start();
    const input = texts(200);
    const { vectors, promptTokens } = await embedder.embed(input, neverAborted);
    expect(vectors.map(([length]) => length)).toEqual(input.map((text) => text.length));
    const sizes = endpoint.calls.map(({ body }) => wire.textsOf(body).length);
    expect(Math.max(...sizes)).toBe(wire.textsPerCall);
    expect(promptTokens).toBe(7 * sizes.length);
  });

  it('is not called where there is no text', async () => {
    const { embedder, endpoint } = await start();
    expect(await embedder.embed([], neverAborted)).toMatchObject({ vectors: [] });
    expect(endpoint.calls).toHaveLength(0);
  });

  it.each<readonly [string, Change]>([
    ['too few vectors', (vectors) => vectors.slice(1)],
    [
      'short vectors',
      () => [
        [1, 2],
        [1, 2],
      ],
    ],
    [
      'long vectors',
      () => [
        [1, 2, 3, 4],
        [1, 2, 3, 4],
      ],
    ],
    [
      'a value that is null',
      () => [
        [1, null, 3],
        [1, 2, 3],
      ],
    ],
    [
      'a value that is text',
      () => [
        [1, '2', 3],
        [1, 2, 3],
      ],
    ],
    ['no vectors', () => `{"${BODY_CANARY}":true}`],
    ['a page', () => `<html>${BODY_CANARY}</html>`],
    ['nothing', () => ''],
  ])('is refused where it sends %s', async (_what, change) => {
    const { embedder, endpoint } = await start(change);
    const failure: unknown = await embedder.embed(['a', 'b'], neverAborted).catch((error) => error);
    expectFailure({ failure }, { kind: 'external', options: { reason: 'upstream_error' } });
    expect(endpoint.calls).toHaveLength(1);
  });

  it('is tried three times for the batch that failed, and gives nothing then', async () => {
    const { embedder, endpoint } = await start((vectors, call) => (call > 1 ? 500 : vectors));
    const embedding = embedder.embed(texts(200), neverAborted);
    await expect(embedding).rejects.toMatchObject({ options: { reason: 'upstream_failed' } });
    expect(endpoint.calls).toHaveLength(4);
  });

  it('is forgiven a failure that passes', async () => {
    const { embedder } = await start((vectors, call) => (call === 1 ? 503 : vectors));
    expect(await embedder.embed(['a'], neverAborted)).toMatchObject({ vectors: [[1, 0, 1]] });
  });

  it('is left when the caller gives up', async () => {
    const endpoint = await startEndpoint(() => {});
    const embedder = embedderOf(buildBench(name, new URL(endpoint.baseUrl).origin));
    const controller = new AbortController();
    const reason = new Error('the job was cancelled');
    const embedding = embedder.embed(['a'], controller.signal);
    await expect.poll(() => endpoint.calls.length).toBe(1);
    controller.abort(reason);
    await expect(embedding).rejects.toBe(reason);
    await endpoint.callerGone;
  });
});
