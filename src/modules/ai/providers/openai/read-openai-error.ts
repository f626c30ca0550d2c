import { APIConnectionError, APIError, OpenAIError } from 'openai/error';
import type { ClientError, RequestFault } from '../endpoint-failure.ts';

// Codes that tell an operator what to do.
const KNOWN_CODES = new Set([
  'billing_hard_limit_reached',
  'content_filter',
  'content_policy_violation',
  'context_length_exceeded',
  'insufficient_quota',
  'invalid_api_key',
  'model_not_found',
  'rate_limit_exceeded',
  'unsupported_parameter',
  'unsupported_value',
]);

const FAULTS: Readonly<Record<string, RequestFault>> = {
  context_length_exceeded: 'context_exceeded',
  content_filter: 'content_refused',
  content_policy_violation: 'content_refused',
};
// LiteLLM has no codes for these.
const LITELLM_FAULTS: readonly (readonly [words: RegExp, fault: RequestFault])[] = [
  [/litellm\.ContextWindowExceededError/, 'context_exceeded'],
  [/litellm\.ContentPolicyViolationError/, 'content_refused'],
];

export function readOpenAiError(error: unknown): ClientError | undefined {
  if (error instanceof APIConnectionError) return { kind: 'network' };
  if (error instanceof APIError && error.status !== undefined) return readRefusal(error);
  return error instanceof OpenAIError ? { kind: 'unreadable' } : undefined;
}

function readRefusal(error: APIError): ClientError {
  const { status = 0, headers, requestID } = error;
  const code = error.code && KNOWN_CODES.has(error.code) ? error.code : undefined;
  const fault = code ? FAULTS[code] : findLiteLlmFault(error);
  return { kind: 'refused', status, code, requestId: requestID ?? undefined, headers, fault };
}

function findLiteLlmFault({ message }: APIError): RequestFault | undefined {
  return LITELLM_FAULTS.find(([words]) => words.test(message))?.[1];
}
