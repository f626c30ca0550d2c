import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  TINY_DIMENSIONS,
  writeTinyCrossEncoder,
  writeTinyEmbedder,
} from '../../testing/tiny-local-models.ts';
import { createLocalModels, type LocalModels } from './local-models.provider.ts';

const NEVER = new AbortController().signal;
const isInstalled = canResolve('@huggingface/transformers');

let folder: string;
let models: LocalModels;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'local-models-'));
  writeTinyEmbedder(join(folder, 'tiny'));
  writeTinyEmbedder(join(folder, 'first-token'), { pooling_mode_cls_token: true });
  writeTinyCrossEncoder(join(folder, 'cross'));
  models = createLocalModels({ folder });
});
afterAll(async () => {
  await models.close();
  rmSync(folder, { recursive: true });
});

const embed = async (texts: readonly string[], signal = NEVER) =>
  (await models.embedder('tiny', TINY_DIMENSIONS).embed(texts, signal)).vectors;

// The package is half a gigabyte that the service does without: who wants it installs it.
describe.skipIf(!isInstalled)('a local embedder', () => {
  it('gives one vector of length one a text, near for what means the same', async () => {
    const [cat, dog, ship] = await embed(['Cat', 'dog dog', 'ship']);
    expect(cat).toHaveLength(TINY_DIMENSIONS);
    for (const vector of [cat, dog, ship]) expect(Math.hypot(...(vector ?? []))).toBeCloseTo(1, 5);
    expect(dot(cat, dog)).toBeGreaterThan(0.9);
    expect(dot(cat, ship)).toBeCloseTo(0, 2);
  });

  it('keeps the order over more texts than a batch, of unlike lengths', async () => {
    const texts = Array.from({ length: 50 }, (_, index) =>
      index % 2 === 0 ? 'ship' : 'cat dog cat dog',
    );
    const vectors = await embed(texts);
    expect(vectors.map((vector) => Math.round(vector[2] ?? 0))).toEqual(
      texts.map((text) => (text === 'ship' ? 1 : 0)),
    );
  });

  it('pools as the model was trained to', async () => {
    const model = models.embedder('first-token', TINY_DIMENSIONS);
    const { vectors } = await model.embed(['cat ship'], NEVER);
    expect(vectors).toEqual([[0, 1, 0, 0, 0, 0, 0, 0]]);
  });

  it.each([
    ['a folder that is not there', 'missing', TINY_DIMENSIONS, 'local_model.not_loaded'],
    ['a model of another length', 'tiny', 16, 'embedding.wrong_vector'],
  ])('says so for %s', async (_what, name, dimensions, reason) => {
    await expect(models.embedder(name, dimensions).embed(['cat'], NEVER)).rejects.toMatchObject({
      options: { reason },
    });
  });

  it('ends at once for who gave up, and goes on for others', async () => {
    const gone = new AbortController();
    const waiting = embed(['cat'], gone.signal);
    gone.abort(new Error('gone'));
    await expect(waiting).rejects.toThrow('gone');
    expect(await embed(['cat'])).toHaveLength(1);
  });
});

describe.skipIf(!isInstalled)('a local cross-encoder', () => {
  it('scores each text beside the query, in their order', async () => {
    const scores = await models
      .reranker('cross')
      .rerank('cat', ['bad', 'ship', 'good good'], NEVER);
    expect(scores).toEqual([-2, 0, 4]);
  });
});

describe.skipIf(isInstalled)('without the package', () => {
  it('says what is to be installed', async () => {
    await expect(embed(['cat'])).rejects.toMatchObject({
      kind: 'unavailable',
      message: expect.stringContaining('@huggingface/transformers'),
      options: { reason: 'local_model.not_installed' },
    });
  });
});

function canResolve(name: string): boolean {
  try {
    createRequire(import.meta.url).resolve(name);
    return true;
  } catch {
    return false;
  }
}

function dot(a: readonly number[] = [], b: readonly number[] = []): number {
  return a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0);
}
