import type OpenAI from 'openai';
import { createDirectFetch } from '#platform/http-client/direct-fetch';
import type { Connection } from '../model-provider.ts';
import { narrowFetch } from '../narrow-fetch.ts';

const OPENAI_URL = 'https://api.openai.com/v1';
// The client asks for a key; an endpoint without one gets no such header.
const NO_KEY = 'none';

/** The client of any endpoint that speaks the OpenAI protocol. */
export async function createOpenAiClient(connection: Connection): Promise<OpenAI> {
  const { apiKey, baseUrl, fetch } = connection;
  const { OpenAI } = await import('openai');
  return new OpenAI({
    apiKey: apiKey ?? NO_KEY,
    baseURL: baseUrl ?? OPENAI_URL,
    fetch: narrowFetch(fetch ?? createDirectFetch()),
    // The client would else take these from the environment.
    defaultHeaders: { authorization: apiKey ? `Bearer ${apiKey}` : null },
    adminAPIKey: null,
    organization: null,
    project: null,
    webhookSecret: null,
    // Attempts are ours, since the client knows nothing of what breaks after the headers.
    maxRetries: 0,
    logLevel: 'off',
  });
}
