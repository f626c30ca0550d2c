import { payingFor } from '#modules/ai';
import { AppError } from '#platform/errors/app-error';
import type { ChunkVector, Vectors } from '../vectors/vector-store.ts';
import type { UnembeddedChunk } from './indexing-writes.repository.ts';
import type { IngestionRun } from './ingestion-run.ts';
import type { StepTimer } from './step-timer.ts';
import { SupersededError } from './superseded-error.ts';

const BATCH = 64;
/** A document that takes longer lets others go before it, and then goes on. */
const SLICE_MS = 5000;

export type ChunkEmbedder = ReturnType<typeof createChunkEmbedder>;

/** Gives chunks their vectors, those that have none yet. */
export function createChunkEmbedder({
  vectors: { embedder, store },
  textShare,
}: {
  readonly vectors: Vectors;
  /** How much of the way the text was. */
  readonly textShare: number;
}) {
  /** False where the time of its turn was over before the last chunk. */
  return async function embedChunks(
    run: IngestionRun,
    { chunkCount, timer }: { readonly chunkCount: number; readonly timer: StepTimer },
  ): Promise<boolean> {
    const endsAt = performance.now() + SLICE_MS;
    let afterOrdinal = -1;
    for (;;) {
      run.signal.throwIfAborted();
      const chunks = await listNext(run, afterOrdinal);
      const last = chunks.at(-1);
      if (!last) return true;
      const vectors = await timer.time('embed', () => embed(run, chunks));
      const isWritten = await timer.time('write', () => store.write(run, vectors, run.signal));
      if (!isWritten) throw new SupersededError();
      afterOrdinal = last.ordinal;
      run.noteAdvance();
      run.noteWritten(textShare + ((1 - textShare) * (afterOrdinal + 1)) / chunkCount);
      if (performance.now() > endsAt) return false;
    }
  };

  function listNext(run: IngestionRun, afterOrdinal: number): Promise<readonly UnembeddedChunk[]> {
    return run.within(({ writes }) =>
      writes.listUnembedded(run.indexing, { afterOrdinal, limit: BATCH }),
    );
  }

  /** The team pays: nobody in particular waits for a job. */
  async function embed(
    run: IngestionRun,
    chunks: readonly UnembeddedChunk[],
  ): Promise<readonly ChunkVector[]> {
    const { teamId, projectId, signal } = run;
    const texts = chunks.map(({ content }) => content);
    const { vectors } = await run.during('embed', () =>
      payingFor({ teamId, projectId, userId: null }, () => embedder.embed(texts, signal)),
    );
    return chunks.map(({ id }, place) => {
      const embedding = vectors[place];
      if (!embedding)
        throw new AppError('external', 'The embedding model returned too few vectors');
      return { id, embedding };
    });
  }
}
