import type { Fault, Problem } from '#platform/http/problem';

type ErrorType = 'invalid_request_error' | 'insufficient_quota' | 'requests' | 'server_error';

const BAD_REQUEST = 400;
const UNPROCESSABLE = 422;
const FIRST_SERVER_ERROR = 500;
const CODES: Readonly<Partial<Record<Fault['kind'], string>>> = {
  unauthenticated: 'invalid_api_key',
  quota_exceeded: 'insufficient_quota',
  rate_limited: 'rate_limit_exceeded',
};

/** An error as OpenAI words it; what OpenAI's clients do not know of it stands beside their members. */
export function presentOpenAiError(fault: Fault, problem: Problem) {
  const [first] = fault.errors ?? [];
  return {
    // OpenAI answers invalid input with 400, and its clients have their own error for it.
    status: problem.status === UNPROCESSABLE ? BAD_REQUEST : problem.status,
    body: {
      error: {
        message: fault.detail,
        type: typeOf(fault.kind, problem.status),
        param: first?.field ?? null,
        code: codeOf(fault),
        trace_id: problem.trace_id,
        ...(fault.errors && { errors: fault.errors }),
        ...(fault.details && { details: fault.details }),
      },
    },
  };
}

function typeOf(kind: Fault['kind'], status: number): ErrorType {
  if (kind === 'quota_exceeded') return 'insufficient_quota';
  if (kind === 'rate_limited') return 'requests';
  return status >= FIRST_SERVER_ERROR ? 'server_error' : 'invalid_request_error';
}

/** The names that clients look for, else our own reason. */
function codeOf({ kind, reason }: Fault): string | null {
  if (reason === 'model.unknown') return 'model_not_found';
  return CODES[kind] ?? reason?.replaceAll('.', '_') ?? null;
}
