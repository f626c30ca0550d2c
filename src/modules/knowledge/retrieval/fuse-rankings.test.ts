import { describe, expect, it } from 'vitest';
import { newId, type ChunkId } from '#shared/ids';
import { fuseRankings } from './fuse-rankings.ts';

const [a, b, c] = [newId<ChunkId>(), newId<ChunkId>(), newId<ChunkId>()];
const ranked = (...ids: ChunkId[]) => ids.map((chunkId) => ({ chunkId, score: 1 }));

describe('fusion of rankings', () => {
  it('puts what both arms found before what one of them found', () => {
    const fused = fuseRankings([
      { chunks: ranked(a, b), weight: 1 },
      { chunks: ranked(c, b), weight: 1 },
    ]);
    expect(fused[0]?.chunkId).toBe(b);
    expect(fused[0]?.score).toBeCloseTo(2 / 62);
    expect(fused).toHaveLength(3);
  });

  it('lets a heavier arm decide', () => {
    const arms = (weight: number) => [
      { chunks: ranked(a), weight: 1 },
      { chunks: ranked(b), weight },
    ];
    expect(fuseRankings(arms(0.5))[0]?.chunkId).toBe(a);
    expect(fuseRankings(arms(2))[0]?.chunkId).toBe(b);
  });

  it('orders equals by id, whichever arm comes first', () => {
    const one = { chunks: ranked(b), weight: 1 };
    const other = { chunks: ranked(a), weight: 1 };
    const order = fuseRankings([one, other]).map((chunk) => chunk.chunkId);
    expect(order).toEqual([a, b].toSorted());
    expect(fuseRankings([other, one]).map((chunk) => chunk.chunkId)).toEqual(order);
  });

  it('gives nothing for nothing', () => {
    expect(fuseRankings([{ chunks: [], weight: 1 }])).toEqual([]);
  });
});
