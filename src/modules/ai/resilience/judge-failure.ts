import { AppError, isAppError } from '#platform/errors/app-error';

const CIRCUIT_OPEN = 'model.circuit_open';
/** What a model cannot do, and another may. */
const UNABLE_REASONS = new Set([
  'model.ability_missing',
  'model.context_exceeded',
  'provider.key_missing',
]);
/** The provider's answers to a request that it could read, and did not like. */
const REFUSAL_REASON = 'upstream_refused';

/** Whether another model may do what this one failed at. What a caller did wrong is wrong everywhere. */
export function isWorthAnother(error: unknown): error is AppError {
  if (!isAppError(error)) return false;
  if (error.kind === 'invalid') return UNABLE_REASONS.has(error.options.reason ?? '');
  return error.kind === 'external' || error.kind === 'timeout' || isCircuitOpen(error);
}

/** Whether a failure says that the model is ill, and not only that one request did not suit it. */
export function isIllness(error: unknown): boolean {
  if (isAppError(error, 'timeout')) return true;
  return isAppError(error, 'external') && error.options.reason !== REFUSAL_REASON;
}

export function circuitOpen(retryAfterSeconds: number): AppError {
  return new AppError(
    'unavailable',
    'The model fails at the moment, and is left alone for a while',
    {
      reason: CIRCUIT_OPEN,
      retryable: true,
      retryAfterSeconds,
    },
  );
}

/** The failure of a whole chain: the last of those who were asked, else what nobody can do, else when to come back. */
export function verdictOf(failures: readonly AppError[]): AppError {
  const failed = failures.findLast(({ kind }) => kind === 'external' || kind === 'timeout');
  const verdict = failed ?? failures.find((failure) => !isCircuitOpen(failure));
  if (verdict) return verdict;
  const waits = failures.map(({ options }) => options.retryAfterSeconds ?? 0);
  return circuitOpen(Math.max(Math.min(...waits), 1));
}

function isCircuitOpen(error: AppError): boolean {
  return error.kind === 'unavailable' && error.options.reason === CIRCUIT_OPEN;
}
