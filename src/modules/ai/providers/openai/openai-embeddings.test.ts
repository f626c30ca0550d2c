import { LLMock } from '@copilotkit/aimock';
import { afterEach, describe, expect, it } from 'vitest';
import { buildOpenAiProvider, neverAborted } from '../../testing/chat-requests.ts';
import {
  startScriptedEndpoint,
  type EndpointCall,
  type ScriptedEndpoint,
} from '../../testing/scripted-endpoint.ts';

const DIMENSIONS = 3;
const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

function buildModel(baseUrl: string, { model = 'embedder', timeoutMs = 10_000 } = {}) {
  const embedder = buildOpenAiProvider(baseUrl, { timeoutMs }).createEmbeddingModel?.(
    model,
    DIMENSIONS,
  );
  if (!embedder) throw new Error('OpenAI makes vectors');
  return embedder;
}

type Item = { index: number; embedding: unknown };

/** Answers each call with one vector a text, changed as the test wants it. */
async function startEmbedder(
  change: (items: Item[], call: number) => unknown = (items) => items,
): Promise<ScriptedEndpoint> {
  const endpoint = await startScriptedEndpoint((response, number) => {
    const items = inputOf(endpoint.calls.at(-1)).map((text, index) => ({
      index,
      embedding: [text.length, index, 1],
    }));
    const data = change(items, number);
    if (data === undefined) return void response.writeHead(500).end('BODY-CANARY');
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(typeof data === 'string' ? data : JSON.stringify({ data }));
  });
  closers.push(endpoint.close);
  return endpoint;
}

function inputOf(call: EndpointCall | undefined): string[] {
  return JSON.parse(call?.body ?? '{"input":[]}').input;
}

describe('the vectors', () => {
  it('are put in order by their index', async () => {
    const endpoint = await startEmbedder((items) => items.toReversed());
    const { vectors } = await buildModel(endpoint.baseUrl).embed(['a', 'bbb'], neverAborted);
    expect(vectors).toEqual([
      [1, 0, 1],
      [3, 1, 1],
    ]);
  });

  it('come from a mock of the protocol', async () => {
    const mock = new LLMock({ port: 0, host: '127.0.0.1' });
    mock.onEmbedding(/.*/, { embedding: [0.5, -1, 2] });
    await mock.start();
    closers.push(() => mock.stop());
    const { vectors } = await buildModel(`${mock.url}/v1`).embed(['a', 'b'], neverAborted);
    expect(vectors).toEqual([
      [0.5, -1, 2],
      [0.5, -1, 2],
    ]);
  });

  it('are asked for in a length only from models that can be shortened', async () => {
    const endpoint = await startEmbedder();
    await buildModel(endpoint.baseUrl).embed(['a'], neverAborted);
    await buildModel(endpoint.baseUrl, { model: 'text-embedding-3-small' }).embed(
      ['a'],
      neverAborted,
    );
    const [plain, shortened] = endpoint.calls.map(({ body }) => JSON.parse(body));
    expect(plain).toEqual({ model: 'embedder', input: ['a'], encoding_format: 'float' });
    expect(shortened).toMatchObject({ dimensions: DIMENSIONS });
  });
});

describe('an endpoint that answers wrongly', () => {
  it.each<readonly [string, (items: Item[]) => unknown]>([
    ['too few vectors', (items) => items.slice(1)],
    ['a vector twice', (items) => items.map((item) => ({ ...item, index: 0 }))],
    ['short vectors', (items) => items.map((item) => ({ ...item, embedding: [1, 2] }))],
    ['long vectors', (items) => items.map((item) => ({ ...item, embedding: [1, 2, 3, 4] }))],
    [
      'a value that is null',
      (items) => items.map((item) => ({ ...item, embedding: [1, null, 3] })),
    ],
    ['a value that is no number', () => '{"data":[{"index":0,"embedding":[1,NaN,3]}]}'],
    [
      'an endless value',
      () => '{"data":[{"index":0,"embedding":[1,1e999,3]},{"index":1,"embedding":[1,1e999,3]}]}',
    ],
    ['no vectors', () => '{"BODY-CANARY":true}'],
    ['a page', () => '<html>BODY-CANARY</html>'],
    ['nothing', () => ''],
  ])('is refused: %s', async (_what, change) => {
    const endpoint = await startEmbedder(change);
    const failure = await buildModel(endpoint.baseUrl)
      .embed(['a', 'b'], neverAborted)
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({ kind: 'external', options: { reason: 'upstream_error' } });
    expect(String(failure)).not.toContain('BODY-CANARY');
    expect(endpoint.calls).toHaveLength(1);
  });

  it('is told with the setting where only the length is wrong', async () => {
    const endpoint = await startEmbedder((items) =>
      items.map((item) => ({ ...item, embedding: [1, 2] })),
    );
    await expect(buildModel(endpoint.baseUrl).embed(['a'], neverAborted)).rejects.toThrow(
      'vectors of 2 numbers where EMBEDDING_DIMENSIONS says 3',
    );
  });
});

describe('an endpoint that says nothing', () => {
  it('times out', async () => {
    const endpoint = await startScriptedEndpoint(() => {});
    closers.push(endpoint.close);
    const model = buildModel(endpoint.baseUrl, { timeoutMs: 150 });
    await expect(model.embed(['a'], neverAborted)).rejects.toMatchObject({ kind: 'timeout' });
  });
});
