import type Anthropic from '@anthropic-ai/sdk';
import type { Connection } from '../model-provider.ts';

type Fetch = typeof globalThis.fetch;

const ANTHROPIC_URL = 'https://api.anthropic.com';
// The client would else look for one in the environment and on the disk.
const NO_KEY = 'none';
// The client takes further headers from the environment.
const OWN_HEADERS = new Set([
  'accept',
  'anthropic-version',
  'authorization',
  'content-type',
  'user-agent',
]);

export async function createAnthropicClient(connection: Connection): Promise<Anthropic> {
  const { apiKey, baseUrl, fetch = globalThis.fetch } = connection;
  const { Anthropic } = await import('@anthropic-ai/sdk');
  return new Anthropic({
    apiKey: apiKey ?? NO_KEY,
    baseURL: baseUrl ?? ANTHROPIC_URL,
    defaultHeaders: { authorization: apiKey ? `Bearer ${apiKey}` : null },
    webhookKey: null,
    // Attempts are ours, since the client knows nothing of what breaks after the headers.
    maxRetries: 0,
    logLevel: 'off',
    // A call has its span already.
    openTelemetry: false,
    fetch: narrowed(fetch),
  });
}

/** A redirect would carry the conversation to an address that nobody configured. */
function narrowed(fetch: Fetch): Fetch {
  return (input, init) => {
    const headers = [...new Headers(init?.headers)].filter(([name]) => OWN_HEADERS.has(name));
    return fetch(input, { ...init, headers, redirect: 'manual' });
  };
}
