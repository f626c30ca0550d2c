import type { LightMyRequestResponse } from 'fastify';

/** Members of an answer that differ each time, whoever asks. */
const OF_THE_REQUEST = new Set(['date', 'x-request-id', 'x-trace-id', 'ratelimit']);

/** What somebody who compares answers can see of one. */
export function visibleOf(answer: LightMyRequestResponse) {
  const headers = Object.entries(answer.headers).filter(([name]) => !OF_THE_REQUEST.has(name));
  const { trace_id: _traceId, ...body } = answer.body === '' ? {} : answer.json();
  return { status: answer.statusCode, length: answer.body.length, headers, body };
}

/** The one answer to each token that is not good. */
export const BAD_TOKEN = {
  status: 422,
  code: 'VALIDATION_ERROR',
  reason: 'one_time_token.invalid',
  errors: [{ field: 'token' }],
};
