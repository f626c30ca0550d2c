import type { Readable } from 'node:stream';
import type { FileService, FileWriter } from '#modules/files';
import { teamScope, type UnitOfWork } from '#platform/db/database';
import { AppError, notFound } from '#platform/errors/app-error';
import type { JobWriter } from '#platform/queue/job-queue';
import type { Actor } from '#shared/actor';
import type { TeamId } from '#shared/ids';
import type { Page, PageRequest } from '#shared/page';
import type { IngestionAttemptsRepository } from '../ingestion/ingestion-attempts.repository.ts';
import type { IndexingsRepository } from '../ingestion/indexings.repository.ts';
import { requestIngestion } from '../ingestion/request-ingestion.ts';
import type { ProjectReader } from '../project-reader.ts';
import type { ChunkRecord, ChunksRepository } from './chunks.repository.ts';
import { assertCanWriteDocuments } from './documents.policy.ts';
import type {
  DocumentKey,
  DocumentListing,
  DocumentRecord,
  DocumentsRepository,
} from './documents.repository.ts';

export type DocumentService = ReturnType<typeof createDocumentService>;

export type DocumentContent = { readonly document: DocumentRecord; readonly content: Readable };

export type DocumentServiceDependencies = {
  readonly documentsOf: (teamId: TeamId) => DocumentsRepository;
  readonly chunksOf: (teamId: TeamId) => ChunksRepository;
  readonly unitOfWork: UnitOfWork<{
    documents: DocumentsRepository;
    indexings: IndexingsRepository;
    attempts: IngestionAttemptsRepository;
    files: Pick<FileWriter, 'hold' | 'restore'>;
    jobs: JobWriter;
  }>;
  readonly projects: ProjectReader;
  readonly files: Pick<FileService, 'open'>;
};

/** Documents as people use them; each method answers NOT_FOUND for another team's project or document. */
export function createDocumentService(dependencies: DocumentServiceDependencies) {
  const { documentsOf, chunksOf, unitOfWork, projects, files } = dependencies;

  async function list(actor: Actor, listing: DocumentListing): Promise<Page<DocumentRecord>> {
    await projects.get(actor, { id: listing.projectId });
    return documentsOf(actor.teamId).list(listing);
  }

  async function get(actor: Actor, key: DocumentKey): Promise<DocumentRecord> {
    await projects.get(actor, { id: key.projectId });
    const document = await documentsOf(actor.teamId).find(key);
    return document ?? raiseNotFound(key);
  }

  /** The file as it was uploaded. */
  async function open(actor: Actor, key: DocumentKey): Promise<DocumentContent> {
    const document = await get(actor, key);
    const { content } = await files.open(actor.teamId, document.fileId);
    return { document, content };
  }

  async function listChunks(
    actor: Actor,
    { page, ...key }: DocumentKey & { readonly page: PageRequest },
  ): Promise<Page<ChunkRecord>> {
    const document = await get(actor, key);
    return chunksOf(actor.teamId).list(document.id, page);
  }

  /** Moves a document to the trash and out of every search at once. @throws NOT_FOUND, FORBIDDEN */
  async function remove(actor: Actor, key: DocumentKey): Promise<void> {
    await assertCanWrite(actor, key);
    await unitOfWork.run(teamScope(actor.teamId), async ({ documents, indexings }) => {
      if (!(await documents.markDeleted(key))) raiseNotFound(key);
      await indexings.trash(key.id);
    });
  }

  /**
   * Takes a document out of the trash: searchable at once if it was, or ingested from the start.
   * @throws NOT_FOUND, FORBIDDEN, DUPLICATE
   */
  async function restore(actor: Actor, key: DocumentKey): Promise<DocumentRecord> {
    await assertCanWrite(actor, key);
    return unitOfWork.run(teamScope(actor.teamId), async (bound) => {
      const { documents, indexings, attempts, jobs } = bound;
      const deleted = (await documents.lockDeleted(key)) ?? raiseNotFound(key);
      await restoreFile(bound.files, deleted);
      const isSearchable = await indexings.restore(key.id);
      const status = statusAfterRestore(deleted, isSearchable);
      const restored = await documents.restore(key.id, status);
      if (!restored) throw contentIsThere();
      await attempts.end(key.id, 'interrupted');
      if (status === 'pending')
        await requestIngestion(jobs, { teamId: restored.teamId, documentId: key.id });
      return restored;
    });
  }

  async function assertCanWrite(actor: Actor, key: DocumentKey): Promise<void> {
    await projects.get(actor, { id: key.projectId });
    assertCanWriteDocuments(actor);
  }

  return { list, get, open, listChunks, remove, restore };
}

/** A document that went with its file comes back with it. @throws NOT_FOUND for a file whose time is over */
async function restoreFile(
  files: Pick<FileWriter, 'hold' | 'restore'>,
  { fileId }: DocumentRecord,
): Promise<void> {
  if ((await files.restore(fileId)) ?? (await files.hold(fileId))) return;
  throw notFound('file', fileId);
}

function statusAfterRestore(deleted: DocumentRecord, isSearchable: boolean) {
  if (deleted.status === 'failed') return 'failed';
  return isSearchable ? 'ready' : 'pending';
}

function contentIsThere(): AppError {
  return new AppError('duplicate', 'The project has another document with this content now', {
    reason: 'document.duplicate',
  });
}

function raiseNotFound({ id }: DocumentKey): never {
  throw notFound('document', id);
}
