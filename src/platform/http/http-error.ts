import type { ErrorKind } from '#platform/errors/app-error';

/** Failures of a request that only HTTP knows; the rest are `AppError`s. */
export type HttpErrorKind =
  | 'method_not_allowed'
  | 'request_timeout'
  | 'range_not_satisfiable'
  | 'uri_too_long'
  | 'headers_too_large'
  | 'internal';

export type ProblemKind = ErrorKind | HttpErrorKind;

export class HttpError extends Error {
  override readonly name = 'HttpError';
  readonly kind: ProblemKind;

  constructor(kind: ProblemKind, message: string) {
    super(message);
    this.kind = kind;
  }
}
