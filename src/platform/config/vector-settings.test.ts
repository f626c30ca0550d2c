import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from './config.ts';
import { ConfigError } from './config-error.ts';
import { describeConfig } from './describe-config.ts';
import type { Environment } from './setting.ts';

const CHROMA = { VECTOR_STORE: 'chroma', CHROMA_URL: 'http://localhost:8001' };
const EMBEDDER = { EMBEDDING_PROVIDER: 'builtin' };

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'groundwork-config-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe('the store of vectors', () => {
  it('is the database, if nothing is set', () => {
    expect(load({}).vectors).toMatchObject({ store: 'pgvector', chromaUrl: undefined });
  });

  it('may be Chroma with an address and an embedder', () => {
    expect(load({ ...CHROMA, ...EMBEDDER }).vectors).toEqual({
      store: 'chroma',
      chromaUrl: 'http://localhost:8001',
      chromaToken: undefined,
      chromaTenant: 'default_tenant',
      chromaDatabase: 'default_database',
    });
    for (const url of ['https://chroma.example.com/', 'http://CHROMA:80', 'http://[::1]:8000'])
      expect(faultyVariables({ ...CHROMA, ...EMBEDDER, CHROMA_URL: url })).toEqual([]);
  });

  it('may be the database again while Chroma is still there to be emptied', () => {
    expect(faultyVariables({ CHROMA_URL: CHROMA.CHROMA_URL })).toEqual([]);
  });

  it('is refused with all that is wrong', () => {
    const wrong = { VECTOR_STORE: 'chroma' };
    expect(faultyVariables(wrong)).toEqual(['CHROMA_URL', 'EMBEDDING_PROVIDER']);
    expect(faultyVariables({ VECTOR_STORE: 'qdrant' })).toEqual(['VECTOR_STORE']);
  });

  it.each([
    'localhost:8001',
    'ftp://host',
    'http://host/path',
    'http://a:b@host',
    'http://host?a=b',
  ])('is not at %s', (url) => {
    expect(faultyVariables({ ...CHROMA, ...EMBEDDER, CHROMA_URL: url })).toEqual(['CHROMA_URL']);
  });

  it('keeps its token to itself', () => {
    const config = load({ ...CHROMA, ...EMBEDDER, CHROMA_TOKEN: 'token-canary' });
    expect(JSON.stringify(describeConfig(config))).not.toContain('token-canary');
  });
});

function load(environment: Environment) {
  return loadConfig({ DATA_DIR: directory, ...environment });
}

function faultyVariables(environment: Environment): readonly string[] {
  try {
    load(environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.faults.map(({ variable }) => variable);
    throw error;
  }
  return [];
}
