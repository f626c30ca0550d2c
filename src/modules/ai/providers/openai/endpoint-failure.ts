import { APIConnectionError, APIError, OpenAIError } from 'openai/error';
import { AppError } from '#platform/errors/app-error';
import { readRetryAfterSeconds } from './read-retry-after.ts';

// Codes of the OpenAI protocol that tell an operator what to do; any other could be the caller's own text.
const KNOWN_CODES = new Set([
  'billing_hard_limit_reached',
  'content_policy_violation',
  'context_length_exceeded',
  'insufficient_quota',
  'invalid_api_key',
  'model_not_found',
  'rate_limit_exceeded',
  'unsupported_parameter',
  'unsupported_value',
]);
const NETWORK_CODE = /^[A-Z][A-Z_]{2,40}$/;
const REQUEST_ID = /^[\w-]{1,80}$/;
const TOO_MANY_REQUESTS = 429;
const RETRYABLE_STATUSES = new Set([408, 409, 425, TOO_MANY_REQUESTS]);
const KEY_STATUSES = new Set([401, 403]);
const FIRST_SERVER_ERROR = 500;

/**
 * Puts an error of the client, or of the network below it, into our words. What the endpoint wrote stays out of
 * the cause as well, since logs and traces show causes.
 * @throws what is none of theirs, as it is
 */
export function describeEndpointFailure(
  error: unknown,
  { hasBegun }: { hasBegun: boolean },
): AppError {
  if (error instanceof AppError) return error;
  if (error instanceof APIError && error.status !== undefined) return refused(error);
  if (isNetworkError(error)) return hasBegun ? cutOff(error) : unreachable(error);
  if (error instanceof OpenAIError || error instanceof SyntaxError) return unreadable(error);
  throw error;
}

export function timedOut(): AppError {
  return new AppError('timeout', 'The model endpoint took too long to answer', {
    reason: 'upstream_timeout',
    retryable: true,
  });
}

/** The answer ended without its end. */
export function cutOff(error?: Error): AppError {
  return new AppError('external', 'The model endpoint broke off in the middle of its answer', {
    reason: 'upstream_cut',
    retryable: true,
    cause: error && withoutWords(error),
  });
}

export function unreadable(error?: Error): AppError {
  return new AppError('external', 'The model endpoint sent something that is not an answer', {
    reason: 'upstream_error',
    cause: error && withoutWords(error),
  });
}

function unreachable(error: Error): AppError {
  return new AppError('external', 'The model endpoint cannot be reached', {
    reason: 'upstream_unreachable',
    retryable: true,
    cause: withoutWords(error),
  });
}

function refused(error: APIError): AppError {
  const status = error.status ?? 0;
  const retryable = status >= FIRST_SERVER_ERROR || RETRYABLE_STATUSES.has(status);
  const retryAfterSeconds = retryable ? readRetryAfterSeconds(error.headers) : undefined;
  const { message, reason } = wordsFor(status, retryable);
  return new AppError('external', message, {
    reason,
    retryable,
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
    cause: withoutWords(error),
  });
}

function wordsFor(status: number, retryable: boolean): { message: string; reason: string } {
  if (status === TOO_MANY_REQUESTS) {
    const message = 'The model endpoint takes no more requests at the moment';
    return { message, reason: 'upstream_rate_limited' };
  }
  if (KEY_STATUSES.has(status)) {
    return { message: 'The model endpoint refused the key', reason: 'upstream_key_refused' };
  }
  return retryable
    ? { message: 'The model endpoint failed', reason: 'upstream_failed' }
    : { message: 'The model endpoint refused the request', reason: 'upstream_refused' };
}

/** The client wraps what breaks before the headers; what breaks after them comes from fetch as it is. */
function isNetworkError(error: unknown): error is Error {
  if (error instanceof APIConnectionError) return true;
  return error instanceof TypeError && error.cause instanceof Error;
}

/** The error's kind, status and ids, and none of its text: that is the endpoint's own, or names a host. */
function withoutWords(error: Error): Error {
  const facts = error instanceof APIError ? factsOf(error) : [];
  return new Error([error.constructor.name, ...facts, ...networkCodes(error)].join(', '));
}

function factsOf({ status, code, requestID }: APIError): readonly string[] {
  return [
    ...(status === undefined ? [] : [`status ${status}`]),
    ...(typeof code === 'string' && KNOWN_CODES.has(code) ? [code] : []),
    ...(requestID && REQUEST_ID.test(requestID) ? [`request ${requestID}`] : []),
  ];
}

function networkCodes(error: unknown): readonly string[] {
  if (!(error instanceof Error)) return [];
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return [...(NETWORK_CODE.test(code) ? [code] : []), ...networkCodes(error.cause)];
}
