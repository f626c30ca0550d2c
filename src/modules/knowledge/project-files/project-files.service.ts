import type { FileService, FileWriter, StoredFile } from '#modules/files';
import { teamScope, type UnitOfWork } from '#platform/db/database';
import { invalid, notFound } from '#platform/errors/app-error';
import type { JobWriter } from '#platform/queue/job-queue';
import type { Metrics } from '#platform/telemetry/metrics';
import type { Actor } from '#shared/actor';
import { newId, type DocumentId, type FileId, type ProjectId, type TeamId } from '#shared/ids';
import type { ChunksRepository } from '../documents/chunks.repository.ts';
import { assertCanWriteDocuments } from '../documents/documents.policy.ts';
import type {
  DocumentAttributes,
  DocumentRecord,
  DocumentsRepository,
} from '../documents/documents.repository.ts';
import type { DocumentService } from '../documents/documents.service.ts';
import { duplicateDocument } from '../documents/duplicate-document.ts';
import { requestIngestion } from '../ingestion/request-ingestion.ts';
import type { AllowMimeType } from '../parsing/allow-mime-type.ts';
import type { DocumentMimeType } from '../parsing/document-mime-type.ts';
import type { ProjectReader } from '../project-reader.ts';
import { joinChunks } from './join-chunks.ts';
import type {
  DocumentSource,
  ProjectContents,
  ProjectFile,
  ProjectFileKey,
  ProjectFilesRepository,
  ProjectFileSlice,
} from './project-files.repository.ts';

export type { DocumentSource, ProjectContents, ProjectFile };

export type ProjectFileService = ReturnType<typeof createProjectFileService>;

export type AttachFileInput = ProjectFileKey & { readonly attributes: DocumentAttributes };

export type ProjectFileServiceDependencies = {
  readonly projectFilesOf: (teamId: TeamId) => ProjectFilesRepository;
  readonly chunksOf: (teamId: TeamId) => ChunksRepository;
  readonly unitOfWork: UnitOfWork<{
    documents: DocumentsRepository;
    files: FileWriter;
    jobs: JobWriter;
  }>;
  readonly projects: ProjectReader;
  readonly documents: Pick<DocumentService, 'remove'>;
  readonly files: Pick<FileService, 'readHead'>;
  readonly allowMimeType: AllowMimeType;
  readonly metrics: Pick<Metrics, 'documentsTotal'>;
};

type SliceInput = Omit<ProjectFileSlice, 'afterId'> & { readonly afterId: FileId | undefined };

/** The documents of a project by the files they are made of; NOT_FOUND for what is another team's. */
export function createProjectFileService(dependencies: ProjectFileServiceDependencies) {
  const { projectFilesOf, chunksOf, unitOfWork, projects, documents, files, metrics } =
    dependencies;

  /**
   * Makes a document of a stored file and asks for its ingestion; one that is there stays, unless it had failed.
   * @throws NOT_FOUND, FORBIDDEN, DUPLICATE for the content of another file, UNSUPPORTED_MEDIA_TYPE
   */
  async function attach(actor: Actor, input: AttachFileInput): Promise<ProjectFile> {
    await projects.get(actor, { id: input.projectId });
    assertCanWriteDocuments(actor);
    const { file, head } = await files.readHead(actor.teamId, input.fileId);
    const mimeType = await dependencies.allowMimeType(head, file.name);
    await insert({ ...input, file, mimeType });
    return get(actor, input);
  }

  async function insert({
    projectId,
    attributes,
    file,
    mimeType,
  }: AttachFileInput & {
    readonly file: StoredFile;
    readonly mimeType: DocumentMimeType;
  }): Promise<void> {
    const { id: fileId, teamId, name: title, bytes, sha256 } = file;
    const document = { teamId, projectId, fileId, title, mimeType, bytes, sha256, attributes };
    await unitOfWork.run(teamScope(teamId), async (bound) => {
      if (!(await bound.files.hold(fileId))) throw notFound('file', fileId);
      const id = newId<DocumentId>();
      const pending =
        (await bound.documents.insert({ ...document, id })) ??
        (await restartFailed(bound.documents, document));
      if (!pending) return;
      await requestIngestion(bound.jobs, { teamId, documentId: pending.id });
      metrics.documentsTotal.inc({ status: pending.status });
    });
  }

  async function get(actor: Actor, { projectId, fileId }: ProjectFileKey): Promise<ProjectFile> {
    await projects.get(actor, { id: projectId });
    const file = await projectFilesOf(actor.teamId).find({ projectId, fileId });
    if (!file) throw notFound('file', fileId);
    return file;
  }

  async function documentIdOf(actor: Actor, key: ProjectFileKey): Promise<DocumentId> {
    const { documentId } = await get(actor, key);
    if (!documentId) throw notFound('file', key.fileId);
    return documentId;
  }

  return {
    attach,
    get,

    /** @throws NOT_FOUND for the project, VALIDATION_ERROR for a place that is not in it */
    async slice(actor: Actor, { afterId, ...slice }: SliceInput): Promise<readonly ProjectFile[]> {
      const { projectId } = slice;
      await projects.get(actor, { id: projectId });
      const projectFiles = projectFilesOf(actor.teamId);
      const after = afterId && (await projectFiles.find({ projectId, fileId: afterId }));
      if (afterId && !after) throw unknownPlace();
      return projectFiles.slice({ ...slice, afterId: (after && after.documentId) ?? undefined });
    },

    /** @throws NOT_FOUND, FORBIDDEN */
    async setAttributes(actor: Actor, { attributes, ...key }: AttachFileInput) {
      const documentId = await documentIdOf(actor, key);
      assertCanWriteDocuments(actor);
      await projectFilesOf(actor.teamId).setAttributes(documentId, attributes);
      return get(actor, key);
    },

    /** Moves the document of a file to the trash; the file stays. @throws NOT_FOUND, FORBIDDEN */
    async detach(actor: Actor, key: ProjectFileKey): Promise<void> {
      const id = await documentIdOf(actor, key);
      await documents.remove(actor, { projectId: key.projectId, id });
    },

    /** The text of a file as it was read, piece by piece. @throws NOT_FOUND */
    async readText(actor: Actor, key: ProjectFileKey): Promise<AsyncIterable<string>> {
      const documentId = await documentIdOf(actor, key);
      return joinChunks((page) => chunksOf(actor.teamId).list(documentId, page));
    },

    /** What projects of the actor's team hold; nothing for one without files. */
    async contentsOf(
      actor: Actor,
      projectIds: readonly ProjectId[],
    ): Promise<ReadonlyMap<ProjectId, ProjectContents>> {
      return projectFilesOf(actor.teamId).contentsOf(projectIds);
    },

    /** The files behind passages that were found. */
    async listSources(
      actor: Actor,
      documentIds: readonly DocumentId[],
    ): Promise<readonly DocumentSource[]> {
      return projectFilesOf(actor.teamId).listSources(documentIds);
    },
  };
}

/** Undefined for one that is ready or on its way. @throws DUPLICATE where it is another file's */
async function restartFailed(
  documents: Pick<DocumentsRepository, 'findBySha256' | 'restart'>,
  { projectId, fileId, sha256 }: ProjectFileKey & { readonly sha256: string },
): Promise<DocumentRecord | undefined> {
  const there = await documents.findBySha256(projectId, sha256);
  if (there?.fileId !== fileId) throw duplicateDocument(there);
  return there.status === 'failed' ? documents.restart(there) : undefined;
}

function unknownPlace(): Error {
  return invalid([{ field: 'after', message: 'Is no file of this project' }], 'cursor.unknown');
}
