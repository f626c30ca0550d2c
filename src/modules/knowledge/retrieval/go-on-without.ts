import { isAppError } from '#platform/errors/app-error';
import type { Logger } from '#platform/telemetry/logger';

const PROVIDER_FAILURES = new Set(['external', 'unavailable', 'timeout']);

/** Lets a search go on without a provider that is down; other errors are thrown on. */
export function goOnWithout(
  error: unknown,
  { logger, message }: { readonly logger: Pick<Logger, 'warn'>; readonly message: string },
): undefined {
  if (!isAppError(error) || !PROVIDER_FAILURES.has(error.kind)) throw error;
  logger.warn({ err: error }, message);
}
