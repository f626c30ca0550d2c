import type { Metrics } from '#platform/telemetry/metrics';

export type IngestionStep = 'parse' | 'terms' | 'embed' | 'write' | 'publish';

export type StepTimer = ReturnType<typeof createStepTimer>;

/** Adds up the time of each step of one ingestion, whose steps take turns a batch at a time. */
export function createStepTimer({
  ingestionDurationSeconds,
}: Pick<Metrics, 'ingestionDurationSeconds'>) {
  const seconds = new Map<IngestionStep, number>();

  async function time<T>(step: IngestionStep, work: () => T | Promise<T>): Promise<T> {
    const startedAt = performance.now();
    try {
      return await work();
    } finally {
      const elapsed = (performance.now() - startedAt) / 1000;
      seconds.set(step, (seconds.get(step) ?? 0) + elapsed);
    }
  }

  return {
    time,

    /** Times how long each item is waited for, not what is done with it. */
    async *timeEach<T>(step: IngestionStep, items: AsyncIterable<T>): AsyncIterable<T> {
      const iterator = items[Symbol.asyncIterator]();
      try {
        for (;;) {
          const next = await time(step, () => iterator.next());
          if (next.done) return;
          yield next.value;
        }
      } finally {
        await iterator.return?.();
      }
    },

    report(): void {
      for (const [step, total] of seconds) ingestionDurationSeconds.observe({ step }, total);
    },
  };
}
