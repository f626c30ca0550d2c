import { z } from 'zod';
import { numeric, prefixedUuid, text } from '#platform/http/schema-parts';
import type { ProjectId } from '#shared/ids';
import { OpenAiFileId } from '../files/files.schemas.ts';
import { cursorPageOf, cursorQuery } from '../wire/cursor-page.schemas.ts';
import { MAX_VALUE_LENGTH, Metadata, pairsOf } from '../wire/pairs.schemas.ts';
import { secondsOf } from '../wire/seconds-of.ts';
import type { VectorStore } from './vector-stores.service.ts';

const MAX_NAME_LENGTH = 255;
const MAX_DESCRIPTION_LENGTH = 2000;
const MAX_FILES = 500;
const MIN_CHUNK_TOKENS = 100;
const MAX_CHUNK_TOKENS = 4096;

export const VectorStoreId = prefixedUuid<ProjectId>('vs_');
export const VectorStoreParams = z.object({ vector_store_id: VectorStoreId });

export const FileIds = z.array(OpenAiFileId).max(MAX_FILES);

export const FileAttributes = pairsOf(
  z.union([text(MAX_VALUE_LENGTH), numeric(), z.boolean()]),
).describe('What searches can be narrowed by');

export const ChunkingStrategy = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('auto') }),
  z.strictObject({
    type: z.literal('static'),
    static: z.strictObject({
      max_chunk_size_tokens: z.int().min(MIN_CHUNK_TOKENS).max(MAX_CHUNK_TOKENS),
      chunk_overlap_tokens: numeric().int().min(0).max(MAX_CHUNK_TOKENS),
    }),
  }),
]);

const NeverExpires = z.null({
  error: 'A vector store is a project, which does not expire: delete it when it is not needed',
});

const name = text(MAX_NAME_LENGTH).min(1);

export const VectorStoreCreate = z
  .strictObject({
    name: name.nullish(),
    description: text(MAX_DESCRIPTION_LENGTH).nullish(),
    file_ids: FileIds.optional(),
    metadata: Metadata.optional(),
    chunking_strategy: ChunkingStrategy.optional(),
    expires_after: NeverExpires.optional(),
  })
  .meta({ id: 'OpenAiVectorStoreCreate' });

export const VectorStoreUpdate = z
  .strictObject({
    name: name.nullish(),
    metadata: Metadata.optional(),
    expires_after: NeverExpires.optional(),
  })
  .meta({ id: 'OpenAiVectorStoreUpdate' });

export const VectorStoreFilter = cursorQuery(VectorStoreId).extend({
  before: VectorStoreId.optional().describe('The first id of the page after'),
});

export const FileCounts = z.object({
  in_progress: z.int(),
  completed: z.int(),
  failed: z.int(),
  cancelled: z.int(),
  total: z.int(),
});

export const VectorStoreResponse = z
  .object({
    id: z.string(),
    object: z.literal('vector_store'),
    created_at: z.int(),
    name: z.string(),
    description: z.string().nullable(),
    usage_bytes: z.int(),
    file_counts: FileCounts,
    status: z.enum(['in_progress', 'completed']),
    expires_after: z.null(),
    expires_at: z.null(),
    last_active_at: z.int(),
    metadata: z.record(z.string(), z.string()),
  })
  .meta({ id: 'OpenAiVectorStoreResponse' });

export const VectorStoreListResponse = cursorPageOf(VectorStoreResponse).meta({
  id: 'OpenAiVectorStoreListResponse',
});

export const VectorStoreDeletedResponse = z
  .object({
    id: z.string(),
    object: z.literal('vector_store.deleted'),
    deleted: z.literal(true),
  })
  .meta({ id: 'OpenAiVectorStoreDeletedResponse' });

export function vectorStoreId(id: ProjectId): string {
  return `vs_${id}`;
}

export function presentFileCounts(
  counts: Omit<z.input<typeof FileCounts>, 'total'>,
): z.input<typeof FileCounts> {
  const { in_progress, completed, failed, cancelled } = counts;
  const total = in_progress + completed + failed + cancelled;
  return { in_progress, completed, failed, cancelled, total };
}

export function presentVectorStore({
  project,
  contents,
}: VectorStore): z.input<typeof VectorStoreResponse> {
  const activeAt = [project.updatedAt, contents.activeAt ?? project.updatedAt].toSorted();
  return {
    id: vectorStoreId(project.id),
    object: 'vector_store',
    created_at: secondsOf(project.createdAt),
    name: project.name,
    description: project.description,
    usage_bytes: contents.bytes,
    file_counts: presentFileCounts(contents),
    status: contents.in_progress > 0 ? 'in_progress' : 'completed',
    expires_after: null,
    expires_at: null,
    last_active_at: secondsOf(activeAt.at(-1) ?? project.updatedAt),
    metadata: project.metadata,
  };
}
