import { z } from 'zod';
import { listQuery, pageOf, text, timestamp, uuid } from '#platform/http/schema-parts';
import type { MemoryId } from '#shared/ids';
import type { MemoryRecord } from './memories.repository.ts';

const MAX_CONTENT_LENGTH = 300;

const enabled = z
  .boolean()
  .describe('Whether you are remembered in the active team; not until you turn it on');

export const MemoryParams = z.object({ id: uuid<MemoryId>() });

export const MemoryFilter = listQuery({ sort: ['created_at'], default: '-created_at' }).omit({
  sort: true,
});

export const MemoryCreate = z
  .strictObject({ content: text(MAX_CONTENT_LENGTH).min(1) })
  .meta({ id: 'MemoryCreate' });

export const MemoryResponse = z
  .object({
    id: uuid<MemoryId>(),
    content: z.string(),
    source: z
      .enum(['said', 'taken'])
      .describe('`said` by you, or `taken` by a model from what you wrote'),
    created_at: timestamp,
  })
  .meta({ id: 'MemoryResponse' });

export const MemoryListResponse = pageOf(MemoryResponse).meta({ id: 'MemoryListResponse' });

export const MemorySettingsUpdate = z
  .strictObject({ enabled })
  .meta({ id: 'MemorySettingsUpdate' });

export const MemorySettingsResponse = z.object({ enabled }).meta({ id: 'MemorySettingsResponse' });

export function presentMemory(record: MemoryRecord): z.input<typeof MemoryResponse> {
  return {
    id: record.id,
    content: record.content,
    source: record.source,
    created_at: record.createdAt,
  };
}
