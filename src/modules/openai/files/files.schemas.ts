import { z } from 'zod';
import { FILE_PURPOSES, type FileRecord } from '#modules/files';
import { prefixedUuid } from '#platform/http/schema-parts';
import { invalid } from '#platform/errors/app-error';
import type { FileId } from '#shared/ids';
import { cursorPageOf, cursorQuery } from '../wire/cursor-page.schemas.ts';
import { secondsOf } from '../wire/seconds-of.ts';

const MAX_LIMIT = 10_000;
const MIN_KEEP_SECONDS = 3600;
const MAX_KEEP_SECONDS = 2_592_000;

export const OpenAiFilePurpose = z.enum(FILE_PURPOSES);
export const OpenAiFileId = prefixedUuid<FileId>('file-');
export const OpenAiFileParams = z.object({ file_id: OpenAiFileId });

export const OpenAiExpiresAfter = z.strictObject({
  anchor: z.literal('created_at'),
  seconds: z.int().min(MIN_KEEP_SECONDS).max(MAX_KEEP_SECONDS),
});

export const OpenAiFileFilter = cursorQuery(OpenAiFileId, {
  maxLimit: MAX_LIMIT,
  defaultLimit: MAX_LIMIT,
}).extend({ purpose: OpenAiFilePurpose.optional() });

export const OpenAiFileResponse = z
  .object({
    id: z.string(),
    object: z.literal('file'),
    bytes: z.int(),
    created_at: z.int(),
    expires_at: z.int().nullable(),
    filename: z.string(),
    purpose: OpenAiFilePurpose,
    status: z.literal('processed'),
    status_details: z.null(),
  })
  .meta({ id: 'OpenAiFileResponse' });

export const OpenAiFileListResponse = cursorPageOf(OpenAiFileResponse).meta({
  id: 'OpenAiFileListResponse',
});

export const OpenAiFileDeletedResponse = z
  .object({ id: z.string(), object: z.literal('file'), deleted: z.literal(true) })
  .meta({ id: 'OpenAiFileDeletedResponse' });

export const OpenAiFileBytes = z
  .unknown()
  .describe('The bytes of the file, or the range of them that was asked for')
  .meta({ id: 'OpenAiFileBytes', type: 'string', format: 'binary' });

/** The fields of a form that say how long its file is kept; undefined without them. */
export function readExpiry(fieldOf: (name: string) => string | undefined): number | undefined {
  const anchor = fieldOf('expires_after[anchor]');
  const seconds = fieldOf('expires_after[seconds]');
  if ((anchor ?? seconds) === undefined) return undefined;
  const read = OpenAiExpiresAfter.safeParse({ anchor, seconds: Number(seconds) });
  if (read.success) return read.data.seconds;
  throw invalid(
    read.error.issues.map(({ path, message }) => ({
      field: ['expires_after', ...path].join('.'),
      message,
    })),
  );
}

export function openAiFileId(id: FileId): string {
  return `file-${id}`;
}

export function presentOpenAiFile(file: FileRecord): z.input<typeof OpenAiFileResponse> {
  return {
    id: openAiFileId(file.id),
    object: 'file',
    bytes: file.bytes,
    created_at: secondsOf(file.createdAt),
    expires_at: file.expiresAt === null ? null : secondsOf(file.expiresAt),
    filename: file.name,
    // The file of a document that was uploaded to a project has none of its own.
    purpose: file.purpose ?? 'assistants',
    status: 'processed',
    status_details: null,
  };
}
