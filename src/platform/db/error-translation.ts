import pg from 'pg';
import { AppError, isAppError } from '#platform/errors/app-error';

const RETRY_AFTER_SECONDS = 1;

/** Rolled back through no fault of its own: the same work may succeed when it is done again. */
const FORCED_ROLLBACKS = new Set(['40001', '40P01']);
/**
 * What a value given by a caller can cause, although it passed every check before: too long, out of
 * range, no time, no text of this encoding, no JSON, a negative limit, nested too deeply, too large.
 */
const INVALID_VALUE = /^(22(001|003|007|008|021|P02|P03|P05|01W|01X|03\w)|54)/;
/** Lost connections, shutdown, cancelled or timed out statements, too many clients, a server that only reads. */
const UNAVAILABLE = /^(08|53|57|58|55P03|25P03|25P04|25006)/;
/** Faults that the driver and the pool report by their words alone, or Node by a system call's. */
const CONNECTION_FAULT =
  /timeout exceeded when trying to connect|timeout expired|Query read timeout|Connection terminated|not queryable|after calling end on the pool|embedded Postgres ended/;
const SYSTEM_CALL_FAULT = /^(ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EHOSTUNREACH|ENETUNREACH|EAI_)/;
const DISK_FULL = '53100';
/** The driver's book of prepared statements disagrees with the server's; the server only reads. */
const USELESS_CONNECTION = new Set(['26000', '25006']);
const UNIQUE_VIOLATION = '23505';
const FOREIGN_KEY_VIOLATION = '23503';

/** Throws what a failure of the database means to a caller; a fault of our own SQL stays as it is. */
export function rethrowTranslated(error: unknown): never {
  throw translate(error);
}

function translate(error: unknown): unknown {
  if (isAppError(error)) return error;
  if (!(error instanceof pg.DatabaseError))
    return isConnectionFault(error) ? unavailable(error) : error;
  const code = error.code ?? '';
  if (code === DISK_FULL) return diskFull(error);
  const isPassing = UNAVAILABLE.test(code) || FORCED_ROLLBACKS.has(code);
  if (isPassing || error.severity !== 'ERROR') return unavailable(error);
  if (INVALID_VALUE.test(code)) {
    return new AppError('invalid', 'The database cannot store one of the values', {
      reason: 'value_not_storable',
      cause: error,
    });
  }
  return error;
}

/** Did the server roll the transaction back to resolve a conflict with another? */
export function isForcedRollback(error: unknown): boolean {
  return FORCED_ROLLBACKS.has(sqlState(error) ?? '');
}

/** Did the statement break this unique index? Repositories turn it into what it means to the caller. */
export function isUniqueViolation(error: unknown, indexName: string): boolean {
  return (
    error instanceof pg.DatabaseError &&
    error.code === UNIQUE_VIOLATION &&
    error.constraint === indexName
  );
}

/** Did the statement refer to a row that is not there, or no longer? */
export function isForeignKeyViolation(error: unknown, constraintName: string): boolean {
  return (
    error instanceof pg.DatabaseError &&
    error.code === FOREIGN_KEY_VIOLATION &&
    error.constraint === constraintName
  );
}

/** Whether the connection that the error came over must not be used again. */
export function isConnectionBroken(error: unknown): boolean {
  if (error instanceof pg.DatabaseError) {
    return error.severity !== 'ERROR' || USELESS_CONNECTION.has(error.code ?? '');
  }
  return isConnectionFault(error);
}

function sqlState(error: unknown): string | undefined {
  const origin = isAppError(error) ? error.cause : error;
  return origin instanceof pg.DatabaseError ? origin.code : undefined;
}

function isConnectionFault(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  if (CONNECTION_FAULT.test(error.message)) return true;
  return 'code' in error && SYSTEM_CALL_FAULT.test(String(error.code));
}

function unavailable(cause: Error): AppError {
  return new AppError('unavailable', 'The database is out of reach or overloaded just now', {
    reason: 'database_unavailable',
    retryable: true,
    retryAfterSeconds: RETRY_AFTER_SECONDS,
    cause,
  });
}

function diskFull(cause: Error): AppError {
  return new AppError('storage_full', 'The database has no space left', {
    reason: 'database_full',
    retryable: true,
    cause,
  });
}
