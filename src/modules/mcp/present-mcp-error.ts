import type { Fault, Problem } from '#platform/http/problem';

/** As JSON-RPC numbers them. */
const PARSE_ERROR = -32_700;
const INVALID_REQUEST = -32_600;
const INTERNAL_ERROR = -32_603;
const SERVER_ERROR = -32_000;
const FIRST_SERVER_STATUS = 500;

/** What no tool has seen: refused by HTTP, worded as JSON-RPC, with the problem document beside it. */
export function presentMcpError({ kind, detail }: Fault, problem: Problem) {
  const error = { code: codeOf(kind, problem.status), message: detail, data: problem };
  return { status: problem.status, body: { jsonrpc: '2.0', id: null, error } };
}

function codeOf(kind: Fault['kind'], status: number): number {
  if (kind === 'bad_request') return PARSE_ERROR;
  if (kind === 'invalid') return INVALID_REQUEST;
  return status >= FIRST_SERVER_STATUS ? INTERNAL_ERROR : SERVER_ERROR;
}
