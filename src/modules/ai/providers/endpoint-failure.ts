import { AppError } from '#platform/errors/app-error';
import { readRetryAfterSeconds } from './read-retry-after.ts';

/** What a provider's client says went wrong, without the words of the endpoint. */
export type ClientError =
  | {
      readonly kind: 'refused';
      readonly status: number;
      /** One of the protocol's own codes; any other could be the caller's text. */
      readonly code?: string | undefined;
      readonly requestId?: string | undefined;
      readonly headers?: Headers | undefined;
      /** What is wrong with the request, where the endpoint says so. */
      readonly fault?: RequestFault | undefined;
    }
  | { readonly kind: 'network' }
  /** The answer ended within one of its frames. */
  | { readonly kind: 'cut' }
  | { readonly kind: 'unreadable' };

export type RequestFault = 'context_exceeded' | 'content_refused';

/** Reads an error of one provider's client; undefined for what is none of it. */
export type ReadClientError = (error: unknown) => ClientError | undefined;

type Circumstances = { readonly hasBegun: boolean; readonly readClientError: ReadClientError };

const NETWORK_CODE = /^[A-Z][A-Z_]{2,40}$/;
const REQUEST_ID = /^[\w-]{1,80}$/;
const TOO_MANY_REQUESTS = 429;
const RETRYABLE_STATUSES = new Set([408, 409, 425, TOO_MANY_REQUESTS]);
const KEY_STATUSES = new Set([401, 403]);
const FIRST_SERVER_ERROR = 500;

const FAULT_WORDS: Readonly<Record<RequestFault, string>> = {
  context_exceeded: 'The conversation is longer than the model can read',
  content_refused: 'The provider of the model refuses what the conversation is about',
};

/**
 * Puts an error of a client, or of the network below it, into our words. What the endpoint wrote stays out of
 * the cause as well, since logs and traces show causes.
 * @throws what is none of theirs, as it is
 */
export function describeEndpointFailure(
  error: unknown,
  { hasBegun, readClientError }: Circumstances,
): AppError {
  if (error instanceof AppError) return error;
  if (!(error instanceof Error)) throw error;
  const read = readClientError(error) ?? readCommonError(error);
  switch (read?.kind) {
    case 'refused':
      return refused(read, error);
    case 'network':
      return hasBegun ? cutOff(error) : unreachable(error);
    case 'cut':
      return hasBegun ? cutOff(error) : unreadable(error);
    case 'unreadable':
      return unreadable(error);
    case undefined:
      throw error;
  }
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

type Refusal = Extract<ClientError, { kind: 'refused' }>;

function refused(refusal: Refusal, error: Error): AppError {
  const { status, headers, fault } = refusal;
  if (fault) return unsuited(fault, withoutWords(error, factsOf(refusal)));
  const retryable = status >= FIRST_SERVER_ERROR || RETRYABLE_STATUSES.has(status);
  const retryAfterSeconds = retryable ? readRetryAfterSeconds(headers) : undefined;
  const { message, reason } = wordsFor(status, retryable);
  return new AppError('external', message, {
    reason,
    retryable,
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
    cause: withoutWords(error, factsOf(refusal)),
  });
}

function unsuited(fault: RequestFault, cause: Error): AppError {
  const message = FAULT_WORDS[fault];
  const errors = [{ field: 'messages', message }];
  return new AppError('invalid', message, { errors, reason: `model.${fault}`, cause });
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

/** Clients wrap what breaks before the headers; what breaks after them comes from fetch or JSON as it is. */
function readCommonError(error: Error): ClientError | undefined {
  if (error instanceof SyntaxError) return { kind: 'unreadable' };
  if (error instanceof TypeError && error.cause instanceof Error) return { kind: 'network' };
  return undefined;
}

/** The error's kind, status and ids, and none of its text: that is the endpoint's own, or names a host. */
function withoutWords(error: Error, facts: readonly string[] = []): Error {
  return new Error([error.constructor.name, ...facts, ...networkCodes(error)].join(', '));
}

function factsOf({ status, code, requestId }: Refusal): readonly string[] {
  return [
    `status ${status}`,
    ...(code ? [code] : []),
    ...(requestId && REQUEST_ID.test(requestId) ? [`request ${requestId}`] : []),
  ];
}

function networkCodes(error: unknown): readonly string[] {
  if (!(error instanceof Error)) return [];
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return [...(NETWORK_CODE.test(code) ? [code] : []), ...networkCodes(error.cause)];
}
