export type ErrorKind =
  | 'bad_request'
  | 'unauthenticated'
  | 'forbidden'
  | 'not_found'
  | 'duplicate'
  | 'conflict'
  | 'idempotency_conflict'
  | 'too_large'
  | 'unsupported_media'
  | 'invalid'
  | 'rate_limited'
  | 'quota_exceeded'
  | 'storage_full'
  | 'external'
  | 'unavailable'
  | 'timeout';

export type FieldError = { readonly field: string; readonly message: string };

export type AppErrorOptions = {
  /** Stable lower-case name under the code, such as `session.busy`. */
  readonly reason?: string;
  readonly details?: Readonly<Record<string, unknown>>;
  readonly errors?: readonly FieldError[];
  readonly retryAfterSeconds?: number;
  /** True when the same call may succeed later; providers set it. */
  readonly retryable?: boolean;
  readonly cause?: unknown;
};

/** An expected failure. It knows nothing of HTTP: `platform/http` maps the kind to a status and code. */
export class AppError extends Error {
  override readonly name = 'AppError';
  readonly kind: ErrorKind;
  readonly options: AppErrorOptions;

  constructor(kind: ErrorKind, message: string, options: AppErrorOptions = {}) {
    super(message, { cause: options.cause });
    this.kind = kind;
    this.options = options;
  }
}

export function notFound(resource: string, id: string): AppError {
  return new AppError('not_found', `No ${resource} "${id}"`, { details: { resource, id } });
}

export function invalid(errors: readonly FieldError[], reason?: string): AppError {
  const message = errors.map((error) => error.message).join('; ');
  return new AppError('invalid', message, { errors, ...(reason && { reason }) });
}

export function isAppError(error: unknown, kind?: ErrorKind): error is AppError {
  return error instanceof AppError && (kind === undefined || error.kind === kind);
}
