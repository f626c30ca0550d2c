import type { FileService, FileWriter } from '#modules/files';
import type { Clock } from '#platform/clock/clock';
import { teamScope, type UnitOfWork } from '#platform/db/database';
import type { ProjectId, TeamId } from '#shared/ids';
import type { IndexingEraser } from '../ingestion/indexing-eraser.ts';
import type { IndexingsRepository } from '../ingestion/indexings.repository.ts';
import type { VectorRemover } from '../vectors/vector-store.ts';
import type { DocumentRecord, DocumentsRepository } from './documents.repository.ts';
import type { TeamDocument, TeamDocumentsRepository } from './team-documents.repository.ts';

export type DocumentPurgeService = ReturnType<typeof createDocumentPurgeService>;

export type DocumentPurgeDependencies = {
  readonly documentsOf: (teamId: TeamId) => Pick<DocumentsRepository, 'listOfProject'>;
  readonly allDocuments: () => Pick<DocumentsRepository, 'listExpired'>;
  readonly teamDocuments: () => Pick<TeamDocumentsRepository, 'list' | 'listProjects'>;
  readonly unitOfWork: UnitOfWork<{
    documents: DocumentsRepository;
    indexings: IndexingsRepository;
    files: FileWriter;
  }>;
  readonly eraser: Pick<IndexingEraser, 'eraseAllOf'>;
  readonly vectorRemover: Pick<VectorRemover, 'removeProject'> | undefined;
  readonly files: Pick<FileService, 'discard'>;
  readonly clock: Clock;
  readonly trashRetentionDays: number;
};

const DAY_MS = 86_400_000;
const PURGE_BATCH = 20;

/** Deletes documents for good: index, rows and blob, in bounded steps. */
export function createDocumentPurgeService(dependencies: DocumentPurgeDependencies) {
  const {
    documentsOf,
    allDocuments,
    teamDocuments,
    unitOfWork,
    eraser,
    vectorRemover,
    files,
    clock,
    trashRetentionDays,
  } = dependencies;

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
          await markDeleted(document);
          await purge(document, NEVER_ABORTED);
        }
        rest = await documentsOf(teamId).listOfProject(id, PURGE_BATCH);
      }
      await vectorRemover?.removeProject(id, NEVER_ABORTED);
    },

    /** Purges all documents of teams that are about to go; their files are left to whoever erases those. */
    async eraseTeams(teamIds: readonly TeamId[], pace: () => Promise<void>): Promise<void> {
      let rest = await teamDocuments().list(teamIds, PURGE_BATCH);
      while (rest.length > 0) {
        for (const document of rest) {
          await pace();
          await markDeleted(document);
          await eraseIndex(document, NEVER_ABORTED);
          await unitOfWork.run(teamScope(document.teamId), ({ documents }) =>
            documents.purge(document.id),
          );
        }
        rest = await teamDocuments().list(teamIds, PURGE_BATCH);
      }
      if (!vectorRemover) return;
      for (const id of await teamDocuments().listProjects(teamIds))
        await vectorRemover.removeProject(id, NEVER_ABORTED);
    },
  };

  async function markDeleted(document: TeamDocument): Promise<void> {
    await unitOfWork.run(teamScope(document.teamId), ({ documents }) =>
      documents.markDeleted(document),
    );
  }

  async function purge(document: DocumentRecord, signal: AbortSignal): Promise<void> {
    if (!(await eraseIndex(document, signal))) return;
    const scope = teamScope(document.teamId);
    const removed = await unitOfWork.run(scope, async ({ documents, files: writer }) =>
      (await documents.purge(document.id)) ? writer.removeOfDocuments([document.fileId]) : [],
    );
    for (const file of removed) await files.discard(file);
  }

  /** False for a document that is not in the trash, or no longer. */
  async function eraseIndex(document: TeamDocument, signal: AbortSignal): Promise<boolean> {
    // The index is given up first, so that a restore at the same time makes a new one and not half of the old.
    const isGivenUp = await unitOfWork.run(teamScope(document.teamId), async (repositories) => {
      if (!(await repositories.documents.lockDeleted(document))) return false;
      await repositories.indexings.discardAll(document.id);
      return true;
    });
    if (isGivenUp) await eraser.eraseAllOf(document.teamId, document.id, signal);
    return isGivenUp;
  }
}

const NEVER_ABORTED = new AbortController().signal;
