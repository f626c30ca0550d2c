import type { Agent, fetch as undiciFetch } from 'undici';
import { checkUrl, type AllowedHosts } from './check-url.ts';

export type GuardedFetchOptions = {
  readonly allowedHosts: AllowedHosts;
  readonly open: () => Promise<{ readonly agent: Agent; readonly fetch: typeof undiciFetch }>;
  /** The most of one answer that is read. */
  readonly maxResponseBytes?: number;
};

/** Room for the largest batch of vectors; what says more than that has other plans. */
const MAX_RESPONSE_BYTES = 67_108_864;

/** `fetch` for a client library that calls an address somebody else chose: it follows no redirect. */
export function createGuardedFetch(options: GuardedFetchOptions): typeof fetch {
  const { allowedHosts, open, maxResponseBytes = MAX_RESPONSE_BYTES } = options;
  return async (input, init = {}) => {
    const url = checkUrl(input instanceof Request ? input.url : String(input), allowedHosts);
    if (!url) throw new TypeError('not an address that may be called');
    const { agent, fetch: send } = await open();
    const headers = new Headers(init.headers);
    headers.set('accept-encoding', 'identity');
    const response = await send(url, {
      method: init.method ?? 'GET',
      headers: [...headers],
      body: textOf(init.body),
      signal: init.signal ?? null,
      dispatcher: agent,
      redirect: 'manual',
    });
    const body = response.body?.pipeThrough(createCap(maxResponseBytes)) ?? null;
    const { status, statusText } = response;
    return new Response(body, { status, statusText, headers: [...response.headers] });
  };
}

/** Client libraries send what they have made into text. */
function textOf(body: unknown): string | null {
  if (body === undefined || body === null || typeof body === 'string') return body ?? null;
  throw new TypeError('only text can be sent to such an address');
}

function createCap(maxBytes: number): TransformStream<Uint8Array, Uint8Array> {
  let bytes = 0;
  return new TransformStream({
    transform(chunk, controller) {
      bytes += chunk.byteLength;
      if (bytes > maxBytes) controller.error(tooLarge());
      else controller.enqueue(chunk);
    },
  });
}

/** With a cause, as failures of `fetch` have, by which client libraries know them. */
function tooLarge(): TypeError {
  return new TypeError('terminated', { cause: new Error('the answer is too large') });
}
