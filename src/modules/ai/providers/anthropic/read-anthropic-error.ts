import { AnthropicError, APIConnectionError, APIError } from '@anthropic-ai/sdk/error';
import type { ClientError } from '../endpoint-failure.ts';

// An error that comes within a stream has a type, and no status.
const STATUS_OF_TYPE: Readonly<Record<string, number>> = {
  invalid_request_error: 400,
  authentication_error: 401,
  billing_error: 402,
  permission_error: 403,
  not_found_error: 404,
  rate_limit_error: 429,
  api_error: 500,
  timeout_error: 504,
  overloaded_error: 529,
};

const TOO_LARGE = 413;
// There is no code for it.
const TOO_LONG = /prompt is too long/i;

export function readAnthropicError(error: unknown): ClientError | undefined {
  if (error instanceof APIConnectionError) return { kind: 'network' };
  if (error instanceof APIError) return readRefusal(error);
  return error instanceof AnthropicError ? { kind: 'unreadable' } : undefined;
}

function readRefusal(error: APIError): ClientError {
  const { status, type, headers, requestID } = error;
  const typeStatus = type && Object.hasOwn(STATUS_OF_TYPE, type) ? STATUS_OF_TYPE[type] : undefined;
  const known = status ?? typeStatus;
  if (known === undefined) return { kind: 'unreadable' };
  return {
    kind: 'refused',
    status: known,
    code: typeStatus === undefined ? undefined : (type ?? undefined),
    requestId: requestID ?? undefined,
    headers,
    fault: known === TOO_LARGE || TOO_LONG.test(error.message) ? 'context_exceeded' : undefined,
  };
}
