import type { FileService } from '#modules/files';
import { teamScope, type UnitOfWork } from '#platform/db/database';
import { isAppError, notFound, type ErrorKind } from '#platform/errors/app-error';
import type { Actor } from '#shared/actor';
import { newId, type DocumentBatchId, type FileId, type ProjectId, type TeamId } from '#shared/ids';
import type { DocumentAttributes } from '../documents/documents.repository.ts';
import { assertCanWriteDocuments } from '../documents/documents.policy.ts';
import type { IngestionAttemptsRepository } from '../ingestion/ingestion-attempts.repository.ts';
import { CANCELLED } from '../ingestion/ingestion-failure.ts';
import type { IndexingsRepository } from '../ingestion/indexings.repository.ts';
import type { ProjectReader } from '../project-reader.ts';
import type {
  BatchFile,
  DocumentBatchesRepository,
  DocumentBatchRecord,
} from './document-batches.repository.ts';
import type {
  BatchFileSlice,
  ProjectFile,
  ProjectFilesRepository,
  ProjectFileState,
} from './project-files.repository.ts';
import type { ProjectFileService } from './project-files.service.ts';

export type DocumentBatchService = ReturnType<typeof createDocumentBatchService>;

export type DocumentBatch = DocumentBatchRecord & {
  readonly counts: Readonly<Record<ProjectFileState, number>>;
};

export type DocumentBatchKey = { readonly projectId: ProjectId; readonly id: DocumentBatchId };

export type CreateBatchInput = {
  readonly projectId: ProjectId;
  readonly files: readonly {
    readonly fileId: FileId;
    readonly attributes: DocumentAttributes;
  }[];
};

export type DocumentBatchServiceDependencies = {
  readonly batchesOf: (teamId: TeamId) => DocumentBatchesRepository;
  readonly projectFilesOf: (
    teamId: TeamId,
  ) => Pick<ProjectFilesRepository, 'sliceBatch' | 'countBatch'>;
  readonly unitOfWork: UnitOfWork<{
    batches: DocumentBatchesRepository;
    indexings: IndexingsRepository;
    attempts: IngestionAttemptsRepository;
  }>;
  readonly projects: ProjectReader;
  readonly projectFiles: Pick<ProjectFileService, 'attach'>;
  readonly files: Pick<FileService, 'assertLiving'>;
};

/** What is wrong with one file, and says nothing of the others. */
const FAULTS_OF_FILES: ReadonlySet<ErrorKind> = new Set([
  'duplicate',
  'unsupported_media',
  'invalid',
  'not_found',
]);

/** Files that are made documents together; NOT_FOUND for what is another team's. */
export function createDocumentBatchService(dependencies: DocumentBatchServiceDependencies) {
  const { batchesOf, projectFilesOf, unitOfWork, projects, projectFiles, files } = dependencies;

  /**
   * Makes documents of stored files; one that cannot become a document is counted as failed.
   * @throws NOT_FOUND when one of them is not there, FORBIDDEN
   */
  async function create(
    actor: Actor,
    { projectId, files: wanted }: CreateBatchInput,
  ): Promise<DocumentBatch> {
    await projects.get(actor, { id: projectId });
    assertCanWriteDocuments(actor);
    const { teamId } = actor;
    const byId = new Map(wanted.map((file) => [file.fileId, file]));
    await files.assertLiving(teamId, [...byId.keys()]);
    const attached: BatchFile[] = [];
    for (const file of byId.values()) attached.push(await attach(actor, { projectId, ...file }));
    const batch = { id: newId<DocumentBatchId>(), teamId, projectId };
    const record = await unitOfWork.run(teamScope(teamId), ({ batches }) =>
      batches.insert(batch, attached),
    );
    return withCounts(record);
  }

  async function attach(
    actor: Actor,
    file: Parameters<ProjectFileService['attach']>[1],
  ): Promise<BatchFile> {
    const { fileId } = file;
    try {
      const { documentId } = await projectFiles.attach(actor, file);
      return { fileId, documentId, errorReason: null, error: null };
    } catch (error) {
      if (!isAppError(error) || !FAULTS_OF_FILES.has(error.kind)) throw error;
      const { reason = error.kind } = error.options;
      return { fileId, documentId: null, errorReason: reason, error: error.message };
    }
  }

  async function get(actor: Actor, { projectId, id }: DocumentBatchKey): Promise<DocumentBatch> {
    await projects.get(actor, { id: projectId });
    const record = await batchesOf(actor.teamId).find(projectId, id);
    if (!record) throw notFound('file batch', id);
    return withCounts(record);
  }

  /** Calls off what of a batch is not searchable yet. @throws NOT_FOUND, FORBIDDEN */
  async function cancel(actor: Actor, key: DocumentBatchKey): Promise<DocumentBatch> {
    await get(actor, key);
    assertCanWriteDocuments(actor);
    await unitOfWork.run(teamScope(actor.teamId), async ({ batches, indexings, attempts }) => {
      for (const documentId of await batches.cancel(key.id)) {
        await indexings.discardWriting(documentId);
        await attempts.end(documentId, 'cancelled', CANCELLED);
      }
    });
    return get(actor, key);
  }

  async function listFiles(actor: Actor, slice: BatchFileSlice): Promise<readonly ProjectFile[]> {
    await get(actor, { projectId: slice.projectId, id: slice.batchId });
    return projectFilesOf(actor.teamId).sliceBatch(slice);
  }

  async function withCounts(record: DocumentBatchRecord): Promise<DocumentBatch> {
    return { ...record, counts: await projectFilesOf(record.teamId).countBatch(record.id) };
  }

  return { create, get, cancel, listFiles };
}
