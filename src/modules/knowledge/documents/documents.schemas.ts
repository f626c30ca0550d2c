import { z } from 'zod';
import { listQuery, pageOf, timestamp, uuid } from '#platform/http/schema-parts';
import type { ChunkId, DocumentId, ProjectId } from '#shared/ids';
import { INGESTION_STAGES } from '../ingestion/ingestion-stage.ts';
import type { ChunkRecord } from './chunks.repository.ts';
import type { DocumentRecord } from './documents.repository.ts';

const Status = z.enum(['pending', 'processing', 'ready', 'failed']);

const Stage = z.enum(INGESTION_STAGES);

export const DocumentsParams = z.object({ id: uuid<ProjectId>() });

export const DocumentParams = z.object({ id: uuid<ProjectId>(), document_id: uuid<DocumentId>() });

export const DocumentImport = z
  .strictObject({
    url: z
      .url({ protocol: /^https?$/ })
      .max(2048)
      .describe('Of a public host, over HTTP or HTTPS'),
  })
  .meta({ id: 'DocumentImport' });

export const DocumentFilter = listQuery({
  sort: ['created_at', 'title', 'bytes'],
  default: '-created_at',
}).extend({
  status: Status.optional(),
  deleted: z
    .stringbool()
    .default(false)
    .describe('List the deleted ones that can still be restored instead'),
});

export const ChunkFilter = listQuery({ sort: ['ordinal'], default: 'ordinal' }).omit({
  sort: true,
});

export const DocumentResponse = z
  .object({
    id: uuid<DocumentId>(),
    project_id: uuid<ProjectId>(),
    title: z.string(),
    mime_type: z.string().describe('Told from the content'),
    bytes: z.int(),
    sha256: z.string(),
    status: Status,
    progress: z.number().min(0).max(1),
    stage: Stage.nullable().describe('Where processing is, or stopped; null when it is done'),
    attempts: z.int().min(0).describe('Tries since processing last got on'),
    retry_at: timestamp.nullable().describe('When a stage that failed is tried again'),
    error_reason: z.string().nullable().describe('Stable name of what went wrong, the last time'),
    error: z.string().nullable().describe('What went wrong, for people'),
    page_count: z.int().nullable(),
    chunk_count: z.int(),
    created_at: timestamp,
    updated_at: timestamp,
  })
  .meta({ id: 'DocumentResponse' });

export const DocumentListResponse = pageOf(DocumentResponse).meta({ id: 'DocumentListResponse' });

const ChunkResponse = z
  .object({
    id: uuid<ChunkId>(),
    ordinal: z.int().describe('Place in the document, counted from 0'),
    content: z.string(),
    token_count: z.int(),
    page: z.int().nullable(),
    start_offset: z.int().describe('First UTF-16 code unit in the text of the document'),
    end_offset: z.int(),
    heading_path: z.array(z.string()),
  })
  .meta({ id: 'ChunkResponse' });

export const ChunkListResponse = pageOf(ChunkResponse).meta({ id: 'ChunkListResponse' });

export const FileContent = z
  .unknown()
  .describe('The bytes of the file')
  .meta({ id: 'FileContent', type: 'string', format: 'binary' });

export function presentDocument(record: DocumentRecord): z.input<typeof DocumentResponse> {
  return {
    id: record.id,
    project_id: record.projectId,
    title: record.title,
    mime_type: record.mimeType,
    bytes: record.bytes,
    sha256: record.sha256,
    status: record.status,
    progress: record.progress,
    stage: record.stage,
    attempts: record.attempts,
    retry_at: record.retryAt,
    error_reason: record.errorReason,
    error: record.error,
    page_count: record.pageCount,
    chunk_count: record.chunkCount,
    created_at: record.createdAt,
    updated_at: record.updatedAt,
  };
}

export function presentChunk(record: ChunkRecord): z.input<typeof ChunkResponse> {
  return {
    id: record.id,
    ordinal: record.ordinal,
    content: record.content,
    token_count: record.tokenCount,
    page: record.page,
    start_offset: record.startOffset,
    end_offset: record.endOffset,
    heading_path: [...record.headingPath],
  };
}

/** The ids of a document's path, as services take them. */
export function keyOf({ id, document_id }: z.output<typeof DocumentParams>) {
  return { projectId: id, id: document_id };
}
