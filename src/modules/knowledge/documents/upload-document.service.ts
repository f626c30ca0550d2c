import type { Readable } from 'node:stream';
import type { FileService, FileWriter, StoredFile } from '#modules/files';
import { teamScope, type UnitOfWork } from '#platform/db/database';
import type { JobWriter } from '#platform/queue/job-queue';
import type { Metrics } from '#platform/telemetry/metrics';
import type { Actor } from '#shared/actor';
import { newId, type DocumentId, type ProjectId } from '#shared/ids';
import { requestIngestion } from '../ingestion/request-ingestion.ts';
import type { AllowMimeType } from '../parsing/allow-mime-type.ts';
import type { DocumentMimeType } from '../parsing/document-mime-type.ts';
import type { ProjectReader } from '../project-reader.ts';
import { duplicateDocument } from './duplicate-document.ts';
import { assertCanWriteDocuments } from './documents.policy.ts';
import type { DocumentRecord, DocumentsRepository } from './documents.repository.ts';

export type UploadDocumentService = ReturnType<typeof createUploadDocumentService>;

export type UploadDocumentInput = {
  readonly projectId: ProjectId;
  readonly name: string;
  readonly content: Readable;
};

export type UploadDocumentDependencies = {
  readonly unitOfWork: UnitOfWork<{
    documents: Pick<DocumentsRepository, 'insert' | 'findBySha256'>;
    files: FileWriter;
    jobs: JobWriter;
  }>;
  readonly projects: ProjectReader;
  readonly files: Pick<FileService, 'store' | 'discard'>;
  readonly allowMimeType: AllowMimeType;
  readonly metrics: Pick<Metrics, 'documentsTotal'>;
  readonly settings: { readonly maxUploadBytes: number };
};

type DocumentFile = StoredFile & { readonly mimeType: DocumentMimeType };

export function createUploadDocumentService(dependencies: UploadDocumentDependencies) {
  const { unitOfWork, projects, files, allowMimeType, metrics, settings } = dependencies;

  /**
   * Stores a file and asks for its ingestion. Blob, rows and job are there together, or none of them.
   * @throws NOT_FOUND, FORBIDDEN, DUPLICATE, PAYLOAD_TOO_LARGE, UNSUPPORTED_MEDIA_TYPE, VALIDATION_ERROR, STORAGE_FULL
   */
  async function upload(
    actor: Actor,
    input: UploadDocumentInput,
    signal: AbortSignal,
  ): Promise<DocumentRecord> {
    try {
      await projects.get(actor, { id: input.projectId });
      assertCanWriteDocuments(actor);
      return await storeAndInsert(actor, input, signal);
    } finally {
      input.content.destroy();
    }
  }

  async function storeAndInsert(
    actor: Actor,
    { projectId, name, content }: UploadDocumentInput,
    signal: AbortSignal,
  ): Promise<DocumentRecord> {
    const input = {
      name,
      content,
      maxBytes: settings.maxUploadBytes,
      detectType: (head: Uint8Array) => allowMimeType(head, name),
    };
    const file = await files.store(actor, input, signal);
    try {
      const document = await insert(projectId, file);
      metrics.documentsTotal.inc({ status: document.status });
      return document;
    } catch (error) {
      await files.discard(file);
      throw error;
    }
  }

  async function insert(projectId: ProjectId, file: DocumentFile): Promise<DocumentRecord> {
    const { id: fileId, teamId, name: title, mimeType, bytes, sha256 } = file;
    const id = newId<DocumentId>();
    return unitOfWork.run(teamScope(teamId), async (repositories) => {
      await repositories.files.insert(file);
      const document = { id, teamId, projectId, fileId, title, mimeType, bytes, sha256 };
      const inserted = await repositories.documents.insert(document);
      // Thrown in here, so that the file's row goes too.
      if (!inserted)
        throw duplicateDocument(await repositories.documents.findBySha256(projectId, sha256));
      await requestIngestion(repositories.jobs, { teamId, documentId: id });
      return inserted;
    });
  }

  return { upload };
}
