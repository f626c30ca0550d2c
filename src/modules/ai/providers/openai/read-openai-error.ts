import { APIConnectionError, APIError, OpenAIError } from 'openai/error';
import type { ClientError } from '../endpoint-failure.ts';

// Codes that tell an operator what to do.
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

export function readOpenAiError(error: unknown): ClientError | undefined {
  if (error instanceof APIConnectionError) return { kind: 'network' };
  if (error instanceof APIError && error.status !== undefined) return readRefusal(error);
  return error instanceof OpenAIError ? { kind: 'unreadable' } : undefined;
}

function readRefusal({ status = 0, code, headers, requestID }: APIError): ClientError {
  return {
    kind: 'refused',
    status,
    code: code && KNOWN_CODES.has(code) ? code : undefined,
    requestId: requestID ?? undefined,
    headers,
  };
}
