import type Anthropic from '@anthropic-ai/sdk';
import type { Connection } from '../model-provider.ts';
import { narrowFetch } from '../narrow-fetch.ts';

const ANTHROPIC_URL = 'https://api.anthropic.com';
// The client would else look for one in the environment and on the disk.
const NO_KEY = 'none';

export async function createAnthropicClient(connection: Connection): Promise<Anthropic> {
  const { apiKey, baseUrl, fetch } = connection;
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
    fetch: narrowFetch(fetch),
  });
}
