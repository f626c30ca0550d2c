import type { FileService, FileWriter } from '#modules/files';
import type { Clock } from '#platform/clock/clock';
import { teamScope, type UnitOfWork } from '#platform/db/database';
import type { ProjectId, TeamId } from '#shared/ids';
import type { IndexingEraser } from '../ingestion/indexing-eraser.ts';
import type { IndexingsRepository } from '../ingestion/indexings.repository.ts';
import type { DocumentRecord, DocumentsRepository } from './documents.repository.ts';

export type DocumentPurgeService = ReturnType<typeof createDocumentPurgeService>;

export type DocumentPurgeDependencies = {
  readonly documentsOf: (teamId: TeamId) => Pick<DocumentsRepository, 'listOfProject'>;
  readonly allDocuments: () => Pick<DocumentsRepository, 'listExpired'>;
  readonly unitOfWork: UnitOfWork<{
    documents: DocumentsRepository;
    indexings: IndexingsRepository;
    files: FileWriter;
  }>;
  readonly eraser: Pick<IndexingEraser, 'eraseDiscardedOf'>;
  readonly files: Pick<FileService, 'discard'>;
  readonly clock: Clock;
  readonly trashRetentionDays: number;
};

const DAY_MS = 86_400_000;
const PURGE_BATCH = 20;

/** Deletes documents for good: index, rows and blob, in bounded steps. */
export function createDocumentPurgeService(dependencies: DocumentPurgeDependencies) {
  const { documentsOf, allDocuments, unitOfWork, eraser, files, clock, trashRetentionDays } =
    dependencies;

  return {
    /** Purges what has been in the trash longer than the retention. */
    async purgeExpired(signal: AbortSignal): Promise<void> {
      const deletedBefore = new Date(clock.now().getTime() - trashRetentionDays * DAY_MS);
      const expired = await allDocuments().listExpired(deletedBefore, PURGE_BATCH);
      for (const document of expired) await purge(document, signal);
    },

    /** Purges all documents of a project that is itself about to go. */
    async eraseProject({ id, teamId }: { id: ProjectId; teamId: TeamId }): Promise<void> {
      let rest = await documentsOf(teamId).listOfProject(id, PURGE_BATCH);
      while (rest.length > 0) {
        for (const document of rest) {
          await unitOfWork.run(teamScope(teamId), ({ documents }) =>
            documents.markDeleted(document),
          );
          await purge(document, NEVER_ABORTED);
        }
        rest = await documentsOf(teamId).listOfProject(id, PURGE_BATCH);
      }
    },
  };

  async function purge(document: DocumentRecord, signal: AbortSignal): Promise<void> {
    const scope = teamScope(document.teamId);
    // The index is given up first, so that a restore at the same time makes a new one and not half of the old.
    const isGivenUp = await unitOfWork.run(scope, async ({ documents, indexings }) => {
      if (!(await documents.lockDeleted(document))) return false;
      await indexings.discardAll(document.id);
      return true;
    });
    if (!isGivenUp) return;
    await eraser.eraseDiscardedOf(document.teamId, document.id, signal);
    const removed = await unitOfWork.run(scope, async ({ documents, files: writer }) =>
      (await documents.purge(document.id)) ? writer.remove([document.fileId]) : [],
    );
    for (const file of removed) await files.discard(file);
  }
}

const NEVER_ABORTED = new AbortController().signal;
