import { teamScope, type UnitOfWork } from '#platform/db/database';
import type { JobWriter } from '#platform/queue/job-queue';
import type { Fingerprint } from './fingerprint.ts';
import type { IngestionAttemptsRepository } from './ingestion-attempts.repository.ts';
import type {
  OutdatedDocument,
  OutdatedDocumentsRepository,
} from './outdated-documents.repository.ts';
import { requestIngestion } from './request-ingestion.ts';

export type RenewalService = ReturnType<typeof createRenewalService>;

export type RenewalDependencies = {
  readonly allOutdated: () => Pick<OutdatedDocumentsRepository, 'countUnderWay' | 'list'>;
  readonly unitOfWork: UnitOfWork<{
    outdated: Pick<OutdatedDocumentsRepository, 'restart'>;
    attempts: Pick<IngestionAttemptsRepository, 'prune'>;
    jobs: JobWriter;
  }>;
  readonly fingerprint: Fingerprint;
};

/** Enough to keep workers busy; the others stay ready, which they are. */
const MOST_UNDER_WAY = 32;
/** After a new index that failed, and between two processes whose settings differ. */
const PAUSE_SECONDS = 3600;

/** Gives documents a new index once the settings would make another one. */
export function createRenewalService(dependencies: RenewalDependencies) {
  const { allOutdated, unitOfWork, fingerprint } = dependencies;

  async function restart({ documentId, teamId }: OutdatedDocument): Promise<void> {
    await unitOfWork.run(teamScope(teamId), async ({ outdated, attempts, jobs }) => {
      if (!(await outdated.restart(documentId))) return;
      await attempts.prune(documentId);
      await requestIngestion(jobs, { teamId, documentId, isBackground: true });
    });
  }

  return {
    /** Keeps a few outdated documents in line, behind what people wait for. */
    async renewOutdated(): Promise<void> {
      const underWay = await allOutdated().countUnderWay();
      if (underWay > MOST_UNDER_WAY / 2) return;
      const bounds = { pauseSeconds: PAUSE_SECONDS, limit: MOST_UNDER_WAY - underWay };
      for (const document of await allOutdated().list(fingerprint, bounds)) await restart(document);
    },
  };
}
