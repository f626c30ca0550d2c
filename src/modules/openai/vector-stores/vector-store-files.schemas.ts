import { z } from 'zod';
import type { DocumentBatch, ProjectFile } from '#modules/knowledge';
import { prefixedUuid } from '#platform/http/schema-parts';
import type { DocumentBatchId } from '#shared/ids';
import { OpenAiFileId, openAiFileId } from '../files/files.schemas.ts';
import { cursorPageOf, cursorQuery } from '../wire/cursor-page.schemas.ts';
import { secondsOf } from '../wire/seconds-of.ts';
import type { ChunkingSettings } from './chunking.ts';
import {
  ChunkingStrategy,
  FileAttributes,
  FileCounts,
  FileIds,
  presentFileCounts,
  VectorStoreId,
  vectorStoreId,
} from './vector-stores.schemas.ts';

const MAX_FILES = 500;
const State = z.enum(['in_progress', 'completed', 'failed', 'cancelled']);

export const VectorStoreFileParams = z.object({
  vector_store_id: VectorStoreId,
  file_id: OpenAiFileId,
});
export const FileBatchParams = z.object({
  vector_store_id: VectorStoreId,
  batch_id: prefixedUuid<DocumentBatchId>('vsfb_'),
});

const fileOfStore = {
  attributes: FileAttributes.nullish(),
  chunking_strategy: ChunkingStrategy.optional(),
};

export const VectorStoreFileCreate = z
  .strictObject({ file_id: OpenAiFileId, ...fileOfStore })
  .meta({ id: 'OpenAiVectorStoreFileCreate' });

export const VectorStoreFileUpdate = z
  .strictObject({ attributes: FileAttributes.nullable() })
  .meta({ id: 'OpenAiVectorStoreFileUpdate' });

export const VectorStoreFileFilter = cursorQuery(OpenAiFileId).extend({
  before: OpenAiFileId.optional().describe('The first id of the page after'),
  filter: State.optional(),
});

export const FileBatchCreate = z
  .strictObject({
    file_ids: FileIds.min(1).optional(),
    files: z.array(VectorStoreFileCreate).min(1).max(MAX_FILES).optional(),
    ...fileOfStore,
  })
  .refine(
    ({ file_ids, files }) => (file_ids === undefined) !== (files === undefined),
    'Send either file_ids or files',
  )
  .meta({ id: 'OpenAiFileBatchCreate' });

export const VectorStoreFileResponse = z
  .object({
    id: z.string(),
    object: z.literal('vector_store.file'),
    created_at: z.int(),
    vector_store_id: z.string(),
    status: State,
    usage_bytes: z.int(),
    last_error: z
      .object({
        code: z.enum(['server_error', 'unsupported_file', 'invalid_file']),
        message: z.string(),
      })
      .nullable(),
    attributes: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
    chunking_strategy: z.object({
      type: z.literal('static'),
      static: z.object({ max_chunk_size_tokens: z.int(), chunk_overlap_tokens: z.int() }),
    }),
  })
  .meta({ id: 'OpenAiVectorStoreFileResponse' });

export const VectorStoreFileListResponse = cursorPageOf(VectorStoreFileResponse).meta({
  id: 'OpenAiVectorStoreFileListResponse',
});

export const VectorStoreFileDeletedResponse = z
  .object({
    id: z.string(),
    object: z.literal('vector_store.file.deleted'),
    deleted: z.literal(true),
  })
  .meta({ id: 'OpenAiVectorStoreFileDeletedResponse' });

export const VectorStoreFileContentResponse = z
  .unknown()
  .describe('`{object, data: [{type: "text", text}], has_more, next_page}`, written as it is read')
  .meta({ id: 'OpenAiVectorStoreFileContentResponse', type: 'object' });

export const FileBatchResponse = z
  .object({
    id: z.string(),
    object: z.literal('vector_store.files_batch'),
    created_at: z.int(),
    vector_store_id: z.string(),
    status: z.enum(['in_progress', 'completed', 'cancelled']),
    file_counts: FileCounts,
  })
  .meta({ id: 'OpenAiFileBatchResponse' });

/** Reasons of ours that are the service's fault, and not the file's. */
const SERVER_FAULTS =
  /^(embedding|external|internal|interrupted|quota|rate|spend|storage|timeout|unavailable)/;

export function presentVectorStoreFile(
  file: ProjectFile,
  { chunkTokens, chunkOverlapTokens }: ChunkingSettings,
): z.input<typeof VectorStoreFileResponse> {
  return {
    id: openAiFileId(file.fileId),
    object: 'vector_store.file',
    created_at: secondsOf(file.createdAt),
    vector_store_id: vectorStoreId(file.projectId),
    status: file.state,
    usage_bytes: file.state === 'completed' ? file.bytes : 0,
    last_error:
      file.state === 'failed'
        ? { code: errorCodeOf(file.errorReason), message: file.error ?? 'The file failed' }
        : null,
    attributes: file.attributes,
    chunking_strategy: {
      type: 'static',
      static: {
        max_chunk_size_tokens: chunkTokens,
        chunk_overlap_tokens: chunkOverlapTokens,
      },
    },
  };
}

export function presentFileBatch(batch: DocumentBatch): z.input<typeof FileBatchResponse> {
  return {
    id: `vsfb_${batch.id}`,
    object: 'vector_store.files_batch',
    created_at: secondsOf(batch.createdAt),
    vector_store_id: vectorStoreId(batch.projectId),
    status: batchStatus(batch),
    file_counts: presentFileCounts(batch.counts),
  };
}

/** The files of a batch with the attributes of each. */
export function readBatchFiles({
  file_ids: fileIds = [],
  files = [],
  attributes,
}: z.output<typeof FileBatchCreate>) {
  return [
    ...fileIds.map((fileId) => ({ fileId, attributes: attributes ?? {} })),
    ...files.map((file) => ({
      fileId: file.file_id,
      attributes: file.attributes ?? attributes ?? {},
    })),
  ];
}

function errorCodeOf(reason: string | null) {
  if (reason === 'document.unsupported_type') return 'unsupported_file';
  return SERVER_FAULTS.test(reason ?? '') ? 'server_error' : 'invalid_file';
}

function batchStatus({ isCancelled, counts }: DocumentBatch) {
  if (isCancelled) return 'cancelled';
  return counts.in_progress > 0 ? 'in_progress' : 'completed';
}
