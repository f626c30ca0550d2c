import type { Readable } from 'node:stream';
import type { FileService, FileWriter } from '#modules/files';
import { teamScope, type UnitOfWork } from '#platform/db/database';
import { AppError, notFound } from '#platform/errors/app-error';
import type { JobWriter } from '#platform/queue/job-queue';
import type { Metrics } from '#platform/telemetry/metrics';
import type { Actor } from '#shared/actor';
import type { TeamId } from '#shared/ids';
import type { Page, PageRequest } from '#shared/page';
import { ingestDocument } from '../ingestion/ingest-document.job.ts';
import type { IndexingsRepository } from '../ingestion/indexings.repository.ts';
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
    files: Pick<FileWriter, 'hold' | 'restore'>;
    jobs: JobWriter;
  }>;
  readonly projects: ProjectReader;
  readonly files: Pick<FileService, 'open'>;
  readonly metrics: Pick<Metrics, 'documentsTotal'>;
  /** Resolves after the time or as soon as the signal is aborted. */
  readonly wait: (milliseconds: number, signal: AbortSignal) => Promise<void>;
};

const WATCH_INTERVAL_MS = 500;

/** Documents as people use them; each method answers NOT_FOUND for another team's project or document. */
export function createDocumentService(dependencies: DocumentServiceDependencies) {
  const { documentsOf, chunksOf, unitOfWork, projects, files, metrics, wait } = dependencies;

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
      const { documents, indexings, jobs } = bound;
      const deleted = (await documents.lockDeleted(key)) ?? raiseNotFound(key);
      await restoreFile(bound.files, deleted);
      const isSearchable = await indexings.restore(key.id);
      const status = statusAfterRestore(deleted, isSearchable);
      const restored = await documents.restore(key.id, status);
      if (!restored) throw contentIsThere();
      if (status === 'pending') await jobs.enqueue(ingestDocument, payloadOf(restored));
      return restored;
    });
  }

  /**
   * Asks for a new index; the former one is searched until the new one is whole.
   * @throws NOT_FOUND, FORBIDDEN, CONFLICT while an ingestion is under way
   */
  async function reindex(actor: Actor, key: DocumentKey): Promise<DocumentRecord> {
    await assertCanWrite(actor, key);
    const restarted = await unitOfWork.run(teamScope(actor.teamId), async ({ documents, jobs }) => {
      const document = await documents.restart(key);
      if (document) await jobs.enqueue(ingestDocument, payloadOf(document));
      return document;
    });
    if (!restarted) throw isBusy(await get(actor, key));
    metrics.documentsTotal.inc({ status: restarted.status });
    return restarted;
  }

  /**
   * Follows a document: its state now and after each change, until its ingestion has ended or it is gone. The database
   * is asked, since the ingestion may run in another process.
   */
  async function watch(
    actor: Actor,
    key: DocumentKey,
  ): Promise<(signal: AbortSignal) => AsyncIterable<DocumentRecord>> {
    const first = await get(actor, key);
    return (signal) => changesSince(first, signal);
  }

  async function* changesSince(
    first: DocumentRecord,
    signal: AbortSignal,
  ): AsyncIterable<DocumentRecord> {
    yield first;
    let seen: DocumentRecord | undefined = first;
    while (seen && !hasEnded(seen)) {
      await wait(WATCH_INTERVAL_MS, signal);
      if (signal.aborted) return;
      const current = await documentsOf(first.teamId).find(first);
      if (current && hasChanged(seen, current)) yield current;
      seen = current;
    }
  }

  async function assertCanWrite(actor: Actor, key: DocumentKey): Promise<void> {
    await projects.get(actor, { id: key.projectId });
    assertCanWriteDocuments(actor);
  }

  return { list, get, open, listChunks, remove, restore, reindex, watch };
}

/** A document that went with its file comes back with it. @throws NOT_FOUND for a file whose time is over */
async function restoreFile(
  files: Pick<FileWriter, 'hold' | 'restore'>,
  { fileId }: DocumentRecord,
): Promise<void> {
  if ((await files.restore(fileId)) ?? (await files.hold(fileId))) return;
  throw notFound('file', fileId);
}

function hasEnded({ status }: DocumentRecord): boolean {
  return status === 'ready' || status === 'failed';
}

function hasChanged(seen: DocumentRecord, current: DocumentRecord): boolean {
  return seen.updatedAt !== current.updatedAt || seen.status !== current.status;
}

function statusAfterRestore(deleted: DocumentRecord, isSearchable: boolean) {
  if (deleted.status === 'failed') return 'failed';
  return isSearchable ? 'ready' : 'pending';
}

function payloadOf({ teamId, id }: DocumentRecord) {
  return { teamId, documentId: id };
}

function contentIsThere(): AppError {
  return new AppError('duplicate', 'The project has another document with this content now', {
    reason: 'document.duplicate',
  });
}

function isBusy({ id, status }: DocumentRecord): AppError {
  return new AppError(
    'conflict',
    `The document "${id}" is ${status}; wait until it is ready or failed`,
    {
      reason: 'document.busy',
    },
  );
}

function raiseNotFound({ id }: DocumentKey): never {
  throw notFound('document', id);
}
