type Fetch = typeof globalThis.fetch;

/** Clients take further headers from the environment, and tell endpoints about the machine. */
const OWN_HEADERS = new Set([
  'accept',
  'anthropic-version',
  'authorization',
  'content-type',
  'user-agent',
  'x-goog-api-key',
]);

/** Sends what the protocols need, and follows no redirect: it would carry the conversation to an address that nobody configured. */
export function narrowFetch(fetch: Fetch = globalThis.fetch): Fetch {
  return (input, init) => {
    const headers = [...new Headers(init?.headers)].filter(([name]) => OWN_HEADERS.has(name));
    return fetch(input, { ...init, headers, redirect: 'manual' });
  };
}
