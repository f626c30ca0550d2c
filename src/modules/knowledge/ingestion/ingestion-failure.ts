import { isAppError, type ErrorKind } from '#platform/errors/app-error';
import type { IngestionFailure } from './ingestions.repository.ts';

const PASSING_KINDS: ReadonlySet<ErrorKind> = new Set([
  'external',
  'unavailable',
  'timeout',
  'rate_limited',
  'storage_full',
]);

/** Would the same ingestion fail the same way again? What we did not foresee gets another try. */
export function isPermanent(error: unknown): boolean {
  if (!isAppError(error)) return false;
  if (error.options.retryable !== undefined) return !error.options.retryable;
  return !PASSING_KINDS.has(error.kind);
}

/** What people are told; an error that we did not foresee keeps its insides. */
export function describeFailure(error: unknown): IngestionFailure {
  if (!isAppError(error)) {
    return { reason: 'internal', message: 'The document could not be processed' };
  }
  return { reason: error.options.reason ?? error.kind, message: error.message };
}

export const INTERRUPTED: IngestionFailure = {
  reason: 'interrupted',
  message: 'Processing was interrupted again and again; ask for a new index to try once more',
};

export const CANCELLED: IngestionFailure = {
  reason: 'cancelled',
  message: 'Processing was called off',
};
