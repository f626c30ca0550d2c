import type { ChunkId } from '#shared/ids';
import type { PlacedChunk } from './retrieval.repository.ts';

type Passage = {
  readonly chunkId: ChunkId;
  readonly content: string;
  readonly startOffset: number;
  readonly endOffset: number;
};

/**
 * Puts the chunks around each passage to it; what stands in one passage already is not shown in another. The text
 * keeps its offsets: two chunks that do not touch have only space between them, and as much of it is put in.
 */
export function joinNeighbours<Item extends Passage>(
  passages: readonly Item[],
  neighbours: readonly PlacedChunk[],
  distance: number,
): readonly Item[] {
  const byId = new Map(neighbours.map((chunk) => [chunk.chunkId, chunk]));
  const byPlace = new Map(neighbours.map((chunk) => [placeOf(chunk), chunk]));
  const shown = new Set<string>();

  function* runFrom(chunk: PlacedChunk, step: 1 | -1): Generator<PlacedChunk> {
    for (let away = 1; away <= distance; away += 1) {
      const place = placeOf({ ...chunk, ordinal: chunk.ordinal + step * away });
      const next = byPlace.get(place);
      if (!next || shown.has(place)) return;
      yield next;
    }
  }

  return passages.flatMap((passage) => {
    const chunk = byId.get(passage.chunkId);
    if (!chunk) return [passage];
    if (shown.has(placeOf(chunk))) return [];
    const run = [...[...runFrom(chunk, -1)].toReversed(), chunk, ...runFrom(chunk, 1)];
    for (const each of run) shown.add(placeOf(each));
    return [{ ...passage, ...joinTexts(run) }];
  });
}

function placeOf({ indexingId, ordinal }: Pick<PlacedChunk, 'indexingId' | 'ordinal'>): string {
  return `${indexingId} ${ordinal}`;
}

function joinTexts(run: readonly PlacedChunk[]) {
  const startOffset = run[0]?.startOffset ?? 0;
  let endOffset = startOffset;
  let content = '';
  for (const chunk of run) {
    if (chunk.endOffset <= endOffset) continue;
    content += '\n'.repeat(Math.max(0, chunk.startOffset - endOffset));
    content += chunk.content.slice(Math.max(0, endOffset - chunk.startOffset));
    endOffset = chunk.endOffset;
  }
  return { content, startOffset, endOffset };
}
