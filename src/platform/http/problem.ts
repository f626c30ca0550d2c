import { z } from 'zod';
import { isAppError, type AppErrorOptions } from '#platform/errors/app-error';
import { HttpError, type ProblemKind } from './http-error.ts';

/** A problem document (RFC 9457): the body of every error. */
export const ProblemDocument = z
  .object({
    type: z.string().describe('Names the kind of problem'),
    title: z.string(),
    status: z.int(),
    detail: z.string().describe('What happened, for people'),
    instance: z.string().describe('The path that was asked'),
    code: z.string().describe('Stable name of the problem, such as `NOT_FOUND`'),
    trace_id: z.string(),
    reason: z.string().optional().describe('A narrower name under the code'),
    errors: z
      .array(z.object({ field: z.string(), message: z.string() }))
      .readonly()
      .optional()
      .describe('Every unmet rule of an invalid request'),
    details: z.record(z.string(), z.unknown()).optional(),
  })
  .meta({ id: 'Problem' });

export type Problem = z.infer<typeof ProblemDocument>;

/** An error as far as HTTP is concerned. */
export type Fault = { readonly kind: ProblemKind; readonly detail: string } & Pick<
  AppErrorOptions,
  'reason' | 'details' | 'errors' | 'retryAfterSeconds'
>;

type Wording = { readonly status: number; readonly code: string; readonly title: string };

export const PROBLEM_CONTENT_TYPE = 'application/problem+json';

const WORDING: Readonly<Record<ProblemKind, Wording>> = {
  bad_request: { status: 400, code: 'BAD_REQUEST', title: 'Bad request' },
  unauthenticated: { status: 401, code: 'UNAUTHORIZED', title: 'Unauthorized' },
  quota_exceeded: { status: 402, code: 'QUOTA_EXCEEDED', title: 'Quota exceeded' },
  forbidden: { status: 403, code: 'FORBIDDEN', title: 'Forbidden' },
  not_found: { status: 404, code: 'NOT_FOUND', title: 'Not found' },
  method_not_allowed: { status: 405, code: 'METHOD_NOT_ALLOWED', title: 'Method not allowed' },
  request_timeout: { status: 408, code: 'REQUEST_TIMEOUT', title: 'Request timeout' },
  duplicate: { status: 409, code: 'DUPLICATE', title: 'Duplicate' },
  conflict: { status: 409, code: 'CONFLICT', title: 'Conflict' },
  idempotency_conflict: {
    status: 409,
    code: 'IDEMPOTENCY_CONFLICT',
    title: 'Idempotency conflict',
  },
  too_large: { status: 413, code: 'PAYLOAD_TOO_LARGE', title: 'Payload too large' },
  uri_too_long: { status: 414, code: 'URI_TOO_LONG', title: 'URI too long' },
  unsupported_media: {
    status: 415,
    code: 'UNSUPPORTED_MEDIA_TYPE',
    title: 'Unsupported media type',
  },
  range_not_satisfiable: {
    status: 416,
    code: 'RANGE_NOT_SATISFIABLE',
    title: 'Range not satisfiable',
  },
  invalid: { status: 422, code: 'VALIDATION_ERROR', title: 'Validation error' },
  rate_limited: { status: 429, code: 'RATE_LIMITED', title: 'Rate limit exceeded' },
  headers_too_large: { status: 431, code: 'HEADERS_TOO_LARGE', title: 'Headers too large' },
  internal: { status: 500, code: 'INTERNAL_ERROR', title: 'Internal error' },
  external: { status: 502, code: 'EXTERNAL_SERVICE_ERROR', title: 'External service error' },
  unavailable: { status: 503, code: 'SERVICE_UNAVAILABLE', title: 'Service unavailable' },
  timeout: { status: 504, code: 'TIMEOUT', title: 'Timeout' },
  storage_full: { status: 507, code: 'STORAGE_FULL', title: 'Storage full' },
};

const INTERNAL: Fault = { kind: 'internal', detail: 'Something went wrong on our side' };
/** One and the same answer for each way of not being signed in; the reason stays in the log. */
const UNAUTHENTICATED: Fault = { kind: 'unauthenticated', detail: 'Invalid credentials' };

/** Turns whatever was thrown into what may be told; an unexpected error tells nothing. */
export function faultOf(error: unknown): Fault {
  if (isAppError(error, 'unauthenticated')) return UNAUTHENTICATED;
  if (isAppError(error)) return { ...error.options, kind: error.kind, detail: error.message };
  if (error instanceof HttpError) return { kind: error.kind, detail: error.message };
  return INTERNAL;
}

export function statusOf(kind: ProblemKind): number {
  return WORDING[kind].status;
}

export function presentProblem(
  fault: Fault,
  at: { readonly instance: string; readonly traceId: string },
): Problem {
  const { status, code, title } = WORDING[fault.kind];
  return {
    type: `urn:groundwork:problem:${fault.kind}`,
    title,
    status,
    detail: fault.detail,
    instance: at.instance,
    code,
    trace_id: at.traceId,
    ...(fault.reason !== undefined && { reason: fault.reason }),
    ...(fault.errors && { errors: fault.errors }),
    ...(fault.details && { details: fault.details }),
  };
}

/** The path of a request target, without the query, which may hold what nobody else should read. */
export function instanceOf(url: string | undefined): string {
  const [path = '/'] = url?.split('?') ?? [];
  return path;
}
