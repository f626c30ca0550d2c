import { teamScope, type UnitOfWork } from '#platform/db/database';
import type { JobWriter } from '#platform/queue/job-queue';
import type { IndexingEraser } from './indexing-eraser.ts';
import type { IndexingsRepository } from './indexings.repository.ts';
import type { IngestionsRepository, StaleIngestion } from './ingestions.repository.ts';
import { requestIngestion } from './request-ingestion.ts';

export type IngestionSweepService = ReturnType<typeof createIngestionSweepService>;

export type IngestionSweepDependencies = {
  readonly allIngestions: () => Pick<IngestionsRepository, 'listStale'>;
  readonly allIndexings: () => Pick<IndexingsRepository, 'listDiscarded'>;
  readonly unitOfWork: UnitOfWork<{ ingestions: IngestionsRepository; jobs: JobWriter }>;
  readonly eraser: Pick<IndexingEraser, 'eraseSome'>;
  readonly settings: { readonly leaseSeconds: number };
};

/** After the end of a lease the queue gives the job to another worker; this is for a job that is gone as well. */
const LEASES_OF_SILENCE = 2;
/** A long queue is no fault, and a second job of a document that is done ends at once. */
const WAITING_SECONDS = 3600;
const SWEEP_LIMIT = 20;

/** Finds what killed processes left behind. */
export function createIngestionSweepService(dependencies: IngestionSweepDependencies) {
  const { allIngestions, allIndexings, unitOfWork, eraser, settings } = dependencies;

  return {
    /** Puts documents back in line whose job has died; a start that is one too many fails them. */
    async reviveStale(): Promise<void> {
      const stale = await allIngestions().listStale({
        silentSeconds: LEASES_OF_SILENCE * settings.leaseSeconds,
        waitingSeconds: WAITING_SECONDS,
        limit: SWEEP_LIMIT,
      });
      for (const ingestion of stale) await requeue(ingestion);
    },

    /** Erases indexings that nobody will see again. */
    async eraseDiscarded(signal: AbortSignal): Promise<void> {
      await eraser.eraseSome(await allIndexings().listDiscarded(SWEEP_LIMIT), signal);
    },
  };

  async function requeue(stale: StaleIngestion): Promise<void> {
    await unitOfWork.run(teamScope(stale.teamId), async ({ ingestions, jobs }) => {
      if (await ingestions.requeue(stale.documentId))
        await requestIngestion(jobs, stale, { isNext: true });
    });
  }
}
