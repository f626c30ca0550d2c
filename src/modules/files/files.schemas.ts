import { z } from 'zod';
import { listQuery, pageOf, timestamp, uuid } from '#platform/http/schema-parts';
import type { FileId } from '#shared/ids';
import { FILE_PURPOSES } from './file-purpose.ts';
import type { FileRecord } from './file-record.ts';

const Purpose = z.enum(FILE_PURPOSES);

export const FileParams = z.object({ id: uuid<FileId>() });

export const FileFilter = listQuery({
  sort: ['created_at', 'name', 'bytes'],
  default: '-created_at',
}).extend({
  purpose: Purpose.optional(),
  deleted: z
    .stringbool()
    .default(false)
    .describe('List the deleted ones that can still be restored instead'),
});

export const FileResponse = z
  .object({
    id: uuid<FileId>(),
    name: z.string(),
    mime_type: z.string().describe('Told from the content'),
    bytes: z.int(),
    sha256: z.string(),
    purpose: Purpose.nullable().describe('Null for the file of a document'),
    owner_id: uuid(),
    team_id: uuid(),
    expires_at: timestamp.nullable().describe('When it is deleted by itself'),
    created_at: timestamp,
    updated_at: timestamp,
  })
  .meta({ id: 'FileResponse' });

export const FileListResponse = pageOf(FileResponse).meta({ id: 'FileListResponse' });

export const FileBytes = z
  .unknown()
  .describe('The bytes of the file, or the range of them that was asked for')
  .meta({ id: 'FileBytes', type: 'string', format: 'binary' });

export function presentFile(record: FileRecord): z.input<typeof FileResponse> {
  return {
    id: record.id,
    name: record.name,
    mime_type: record.mimeType,
    bytes: record.bytes,
    sha256: record.sha256,
    purpose: record.purpose,
    owner_id: record.ownerId,
    team_id: record.teamId,
    expires_at: record.expiresAt,
    created_at: record.createdAt,
    updated_at: record.updatedAt,
  };
}
