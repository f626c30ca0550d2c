import { teamScope, type UnitOfWork } from '#platform/db/database';
import type { JobWriter } from '#platform/queue/job-queue';
import type { Metrics } from '#platform/telemetry/metrics';
import { ingestDocument } from './ingest-document.job.ts';
import type { IndexingEraser } from './indexing-eraser.ts';
import type { IndexingsRepository } from './indexings.repository.ts';
import type { IngestionsRepository, StaleIngestion } from './ingestions.repository.ts';

export type IngestionSweepService = ReturnType<typeof createIngestionSweepService>;

export type IngestionSweepDependencies = {
  readonly allIngestions: () => Pick<IngestionsRepository, 'listStale'>;
  readonly allIndexings: () => Pick<IndexingsRepository, 'listDiscarded'>;
  readonly unitOfWork: UnitOfWork<{
    ingestions: IngestionsRepository;
    indexings: IndexingsRepository;
    jobs: JobWriter;
  }>;
  readonly eraser: Pick<IndexingEraser, 'erase'>;
  readonly metrics: Pick<Metrics, 'documentsTotal'>;
};

/** Well past the queue's own retries, which come first. */
const SILENT_SECONDS = 600;
/** A long queue is no fault, and a second job of a document that is done ends at once. */
const WAITING_SECONDS = 6 * 3600;
const SWEEP_LIMIT = 20;
const INTERRUPTED = {
  reason: 'interrupted',
  message: 'Processing was interrupted again and again; ask for a new index to try once more',
} as const;

/** Finds what killed processes left behind. */
export function createIngestionSweepService(dependencies: IngestionSweepDependencies) {
  const { allIngestions, allIndexings, unitOfWork, eraser, metrics } = dependencies;

  return {
    /** Puts documents back in line whose job has died, or fails them once they were started often enough. */
    async reviveStale(): Promise<void> {
      const stale = await allIngestions().listStale({
        processingSeconds: SILENT_SECONDS,
        pendingSeconds: WAITING_SECONDS,
        limit: SWEEP_LIMIT,
      });
      for (const ingestion of stale) {
        if (ingestion.attempts < ingestDocument.attempts) await requeue(ingestion);
        else await giveUp(ingestion);
      }
    },

    /** Erases indexings that nobody will see again. */
    async eraseDiscarded(signal: AbortSignal): Promise<void> {
      const discarded = await allIndexings().listDiscarded(SWEEP_LIMIT);
      for (const { id, teamId } of discarded) await eraser.erase(teamId, id, signal);
    },
  };

  async function requeue({ teamId, documentId }: StaleIngestion): Promise<void> {
    await unitOfWork.run(teamScope(teamId), async ({ ingestions, jobs }) => {
      if (!(await ingestions.requeue(documentId))) return;
      await jobs.enqueue(ingestDocument, { teamId, documentId });
    });
  }

  async function giveUp({ teamId, documentId }: StaleIngestion): Promise<void> {
    const isFailed = await unitOfWork.run(teamScope(teamId), async ({ ingestions, indexings }) => {
      if (!(await ingestions.fail(documentId, INTERRUPTED))) return false;
      await indexings.discardWriting(documentId);
      return true;
    });
    if (isFailed) metrics.documentsTotal.inc({ status: 'failed' });
  }
}
