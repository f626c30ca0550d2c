import { z } from 'zod';
import type { CompletedUpload, UploadPartRecord, UploadRecord } from '#modules/files';
import { prefixedUuid, text } from '#platform/http/schema-parts';
import type { UploadId, UploadPartId } from '#shared/ids';
import {
  OpenAiExpiresAfter,
  OpenAiFilePurpose,
  OpenAiFileResponse,
  presentOpenAiFile,
} from '../files/files.schemas.ts';
import { secondsOf } from '../wire/seconds-of.ts';

const MAX_NAME_LENGTH = 255;
const MAX_TYPE_LENGTH = 255;
const MAX_PARTS = 10_000;
const MD5 = /^[0-9a-f]{32}$/;

export const OpenAiUploadParams = z.object({ upload_id: prefixedUuid<UploadId>('upload_') });

export const OpenAiUploadCreate = z
  .strictObject({
    filename: text(MAX_NAME_LENGTH).min(1),
    purpose: OpenAiFilePurpose,
    bytes: z.int().min(1).describe('The size of the whole file'),
    mime_type: text(MAX_TYPE_LENGTH)
      .min(1)
      .describe('Asked for by the clients; the type is told from the content'),
    expires_after: OpenAiExpiresAfter.optional(),
  })
  .meta({ id: 'OpenAiUploadCreate' });

export const OpenAiUploadComplete = z
  .strictObject({
    part_ids: z.array(prefixedUuid<UploadPartId>('part_')).min(1).max(MAX_PARTS),
    md5: z
      .string()
      .toLowerCase()
      .regex(MD5, 'Must be 32 hexadecimal digits')
      .optional()
      .describe('Of the whole file; it is compared'),
  })
  .meta({ id: 'OpenAiUploadComplete' });

export const OpenAiUploadResponse = z
  .object({
    id: z.string(),
    object: z.literal('upload'),
    bytes: z.int(),
    created_at: z.int(),
    expires_at: z.int(),
    filename: z.string(),
    purpose: OpenAiFilePurpose,
    status: z.enum(['pending', 'completed', 'cancelled']),
    file: OpenAiFileResponse.nullable(),
  })
  .meta({ id: 'OpenAiUploadResponse' });

export const OpenAiUploadPartResponse = z
  .object({
    id: z.string(),
    object: z.literal('upload.part'),
    created_at: z.int(),
    upload_id: z.string(),
  })
  .meta({ id: 'OpenAiUploadPartResponse' });

export function presentUpload({
  upload,
  file,
}: Omit<CompletedUpload, 'file'> & Partial<CompletedUpload>): z.input<typeof OpenAiUploadResponse> {
  return {
    id: uploadIdOf(upload),
    object: 'upload',
    bytes: upload.bytes,
    created_at: secondsOf(upload.createdAt),
    expires_at: secondsOf(upload.expiresAt),
    filename: upload.name,
    purpose: upload.purpose,
    status: upload.status,
    file: file ? presentOpenAiFile(file) : null,
  };
}

export function presentUploadPart(
  part: UploadPartRecord,
): z.input<typeof OpenAiUploadPartResponse> {
  return {
    id: `part_${part.id}`,
    object: 'upload.part',
    created_at: secondsOf(part.createdAt),
    upload_id: uploadIdOf({ id: part.uploadId }),
  };
}

function uploadIdOf({ id }: Pick<UploadRecord, 'id'>): string {
  return `upload_${id}`;
}
