import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { asBearer, type Control, type ForgedRequest, type Forgery } from './forgery.ts';

export type Trial = {
  readonly case: Forgery['case'] | 'control';
  readonly name: string;
  /** Method and path that it was tried at. */
  readonly at: string;
  readonly status: number;
  readonly isAsItShould: boolean;
};

type Answer = { readonly status: number; readonly problem: object };

const UNAUTHORIZED = 401;
const OK = 200;
const RATE_LIMITED = 429;
const MAX_WAITS = 5;

/** Tries each against a running server: right ones must pass, forged ones be refused, all alike. */
export async function tryForgeries(
  baseUrl: string,
  { forgeries, controls }: { forgeries: readonly Forgery[]; controls: readonly Control[] },
): Promise<readonly Trial[]> {
  const refusal = await send(baseUrl, asBearer('not-a-token'));
  const trials: Trial[] = [];
  for (const { name, request } of controls) {
    const { status } = await send(baseUrl, request);
    const isAsItShould = status === OK;
    trials.push({ case: 'control', name, at: placeOf(request), status, isAsItShould });
  }
  for (const forgery of forgeries) {
    const answer = await send(baseUrl, forgery.request);
    const isAsItShould = isRefused(answer, refusal, forgery.orStatus);
    const { request, name } = forgery;
    trials.push({
      case: forgery.case,
      name,
      at: placeOf(request),
      status: answer.status,
      isAsItShould,
    });
  }
  return trials;
}

/** The one answer to all: another body would tell a forger how near they are. */
function isRefused(answer: Answer, refusal: Answer, orStatus: number | undefined): boolean {
  if (orStatus !== undefined && answer.status === orStatus) return true;
  return answer.status === UNAUTHORIZED && isDeepStrictEqual(answer.problem, refusal.problem);
}

async function send(baseUrl: string, request: ForgedRequest, waits = 0): Promise<Answer> {
  const { method, path, headers, body } = request;
  const response = await fetch(`${baseUrl}/api/v1${path}`, {
    method,
    headers: { ...headers, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (response.status === RATE_LIMITED && waits < MAX_WAITS) {
    await sleep(Number(response.headers.get('retry-after') ?? 1) * 1000);
    return send(baseUrl, request, waits + 1);
  }
  return { status: response.status, problem: withoutRequest(text) };
}

/** What is left of a problem when its request is taken out. */
function withoutRequest(text: string): object {
  try {
    const { trace_id: _traceId, instance: _instance, ...problem } = JSON.parse(text);
    return problem;
  } catch {
    return { text };
  }
}

function placeOf({ method, path }: ForgedRequest): string {
  return `${method} ${path.split('?')[0]}`;
}
