import type { IngestionStage } from './ingestion-stage.ts';

/** Stages take turns a batch at a time; this remembers which of them a failure came from. */
export function createStageBlame() {
  let blamed: IngestionStage | undefined;

  async function during<T>(stage: IngestionStage, work: () => T | Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      // What fails first makes those fail that wait for it.
      blamed ??= stage;
      throw error;
    }
  }

  return {
    during,

    /** Blames a stage for what its items fail with, not for what is done with them. */
    async *eachDuring<T>(stage: IngestionStage, items: AsyncIterable<T>): AsyncIterable<T> {
      const iterator = items[Symbol.asyncIterator]();
      try {
        for (;;) {
          const next = await during(stage, () => iterator.next());
          if (next.done) return;
          yield next.value;
        }
      } finally {
        await iterator.return?.();
      }
    },

    blamed: () => blamed,
  };
}
