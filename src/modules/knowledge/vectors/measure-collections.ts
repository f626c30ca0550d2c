import type { Metrics } from '#platform/telemetry/metrics';
import type { VectorCollections } from './vector-collections.ts';

export type CollectionMetrics = Pick<Metrics, 'vectorStoreDurationSeconds'>;

/** Tells how long each operation takes, tries and waits between them included. */
export function measureCollections(
  collections: VectorCollections,
  { vectorStoreDurationSeconds }: CollectionMetrics,
): VectorCollections {
  async function measure<T>(operation: string, work: () => Promise<T>): Promise<T> {
    const end = vectorStoreDurationSeconds.startTimer({ operation });
    let status = 'error';
    try {
      const result = await work();
      status = 'success';
      return result;
    } finally {
      end({ status });
    }
  }

  return {
    upsert: (...asked) => measure('upsert', () => collections.upsert(...asked)),
    query: (...asked) => measure('query', () => collections.query(...asked)),
    remove: (...asked) => measure('remove', () => collections.remove(...asked)),
    count: (...asked) => measure('count', () => collections.count(...asked)),
    drop: (...asked) => measure('drop', () => collections.drop(...asked)),
    ping: () => collections.ping(),
  };
}
