import type { ChunkId } from '#shared/ids';
import type { ChunkText, RetrievalRepository } from './retrieval.repository.ts';

export type TextReader = ReturnType<typeof createTextReader>;

/** Reads each chunk of one search once, whoever asks for it. */
export function createTextReader({ listTexts }: Pick<RetrievalRepository, 'listTexts'>) {
  const known = new Map<ChunkId, ChunkText>();
  return async (ids: readonly ChunkId[]): Promise<ReadonlyMap<ChunkId, ChunkText>> => {
    const missing = ids.filter((id) => !known.has(id));
    if (missing.length > 0)
      for (const text of await listTexts(missing)) known.set(text.chunkId, text);
    return new Map(ids.flatMap((id) => toEntry(known.get(id))));
  };
}

function toEntry(text: ChunkText | undefined): readonly (readonly [ChunkId, ChunkText])[] {
  return text ? [[text.chunkId, text]] : [];
}
