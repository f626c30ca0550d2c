import { z } from 'zod';
import type { FailedDocument } from '#modules/knowledge';
import { listQuery, pageOf, text, timestamp, uuid } from '#platform/http/schema-parts';
import type { DocumentId, ProjectId, TeamId } from '#shared/ids';

const MAX_REASON_LENGTH = 100;

const reason = text(MAX_REASON_LENGTH)
  .regex(/^[a-z0-9_.-]+$/, 'Not the name of a reason')
  .describe('What it failed with, such as `interrupted`');

export const FailedDocumentParams = z.object({ id: uuid<DocumentId>() });

export const FailedDocumentFilter = listQuery({ sort: ['failed_at'], default: '-failed_at' })
  .omit({ sort: true })
  .extend({ team_id: uuid<TeamId>().optional(), reason: reason.optional() });

export const FailedDocumentsRetry = z
  .strictObject({ team_id: uuid<TeamId>().optional(), reason: reason.optional() })
  .meta({ id: 'FailedDocumentsRetry' });

export const FailedDocumentResponse = z
  .object({
    id: uuid<DocumentId>(),
    team_id: uuid<TeamId>(),
    project_id: uuid<ProjectId>(),
    title: z.string(),
    mime_type: z.string(),
    bytes: z.int(),
    stage: z.string().nullable().describe('Where it stopped; null where it never began'),
    attempts: z.int().describe('Tries of that stage'),
    error_reason: z.string().nullable(),
    error: z.string().nullable(),
    failed_at: timestamp,
  })
  .meta({ id: 'FailedDocumentResponse' });

export const FailedDocumentListResponse = pageOf(FailedDocumentResponse)
  .extend({ total: z.int().min(0).describe('Counted up to 10000') })
  .meta({ id: 'FailedDocumentListResponse' });

export const FailedDocumentsRetryResponse = z
  .object({
    retried: z.int().describe('How many are in line again'),
    left: z.int().describe('How many still match; counted up to 10000'),
  })
  .meta({ id: 'FailedDocumentsRetryResponse' });

export function presentFailedDocument(
  document: FailedDocument,
): z.input<typeof FailedDocumentResponse> {
  return {
    id: document.id,
    team_id: document.teamId,
    project_id: document.projectId,
    title: document.title,
    mime_type: document.mimeType,
    bytes: document.bytes,
    stage: document.stage,
    attempts: document.attempts,
    error_reason: document.errorReason,
    error: document.error,
    failed_at: document.failedAt,
  };
}
