import type { Agent } from 'undici';
import { checkUrl, type AllowedHosts } from './check-url.ts';
import { createDirectFetch } from './direct-fetch.ts';

export type GuardedFetchOptions = {
  readonly allowedHosts: AllowedHosts;
  readonly open: () => Promise<{ readonly agent: Agent }>;
  /** The most of one answer that is read. */
  readonly maxResponseBytes?: number;
};

/** Room for the largest batch of vectors; what says more than that has other plans. */
const MAX_RESPONSE_BYTES = 67_108_864;

/** `fetch` for a client library that calls an address somebody else chose: it follows no redirect. */
export function createGuardedFetch(options: GuardedFetchOptions): typeof fetch {
  const { allowedHosts, open, maxResponseBytes = MAX_RESPONSE_BYTES } = options;
  const send = createDirectFetch({ open: async () => (await open()).agent, maxResponseBytes });
  return async (input, init) => {
    const url = checkUrl(input instanceof Request ? input.url : String(input), allowedHosts);
    if (!url) throw new TypeError('not an address that may be called');
    return send(url, init);
  };
}
