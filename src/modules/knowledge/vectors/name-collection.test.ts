import { describe, expect, it } from 'vitest';
import { newId, type ProjectId } from '#shared/ids';
import { fingerprintOf } from '../ingestion/fingerprint.ts';
import { findKindInChroma, kindInChroma, nameCollection } from './name-collection.ts';

const SIZES = { chunkTokens: 512, chunkOverlapTokens: 64 };
const KIND = { name: 'text-embedding-3-small', dimensions: 1536 };

describe('the fingerprint of an index', () => {
  it('says nothing of a store where its vectors are in the database', () => {
    const { whole } = fingerprintOf(SIZES, KIND);
    expect(whole).toBe('text 1, chunks 512/64, vectors text-embedding-3-small/1536');
    expect(findKindInChroma(whole)).toBeUndefined();
    expect(findKindInChroma(fingerprintOf(SIZES, undefined).whole)).toBeUndefined();
    expect(findKindInChroma(null)).toBeUndefined();
  });

  it.each(['words', 'a/b:c', 'two words', 'with vectors in chroma/3', 'ünïcode\nand lines'])(
    'tells the kind of vectors in Chroma of the model %j',
    (name) => {
      const kind = kindInChroma({ name, dimensions: 64 });
      const { whole } = fingerprintOf(SIZES, kind);
      expect(whole).not.toBe(fingerprintOf(SIZES, { name, dimensions: 64 }).whole);
      expect(findKindInChroma(whole)).toEqual(kind);
    },
  );
});

describe('the name of a collection', () => {
  it('is one that Chroma takes, and another for each project, model and length', () => {
    const projects = [newId<ProjectId>(), newId<ProjectId>()];
    const kinds = [KIND, { ...KIND, name: 'a/b:c d' }, { ...KIND, dimensions: 256 }];
    const names = projects.flatMap((id) => kinds.map((kind) => nameCollection(id, kind)));
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/);
  });
});
