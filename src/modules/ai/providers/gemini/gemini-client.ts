import type * as GenAi from '@google/genai';
import type { Connection } from '../model-provider.ts';
import { narrowFetch } from '../narrow-fetch.ts';
import { readRefusal } from './gemini-refusal.ts';

export type GeminiClient = {
  readonly models: GenAi.GoogleGenAI['models'];
  /** Some of its values are enums, which exist only where the package is loaded. */
  readonly sdk: typeof GenAi;
};

type Fetch = typeof globalThis.fetch;

const GEMINI_URL = 'https://generativelanguage.googleapis.com';
const KEY_HEADER = 'x-goog-api-key';
// The client would else take one from the environment.
const NO_KEY = 'none';

export async function createGeminiClient(connection: Connection): Promise<GeminiClient> {
  const { apiKey, baseUrl } = connection;
  const fetch = narrowFetch(connection.fetch);
  const sdk = await import('@google/genai');
  const { models } = new sdk.GoogleGenAI({
    apiKey: apiKey ?? NO_KEY,
    // The client would else take these from the environment as well.
    enterprise: false,
    apiVersion: 'v1beta',
    httpOptions: {
      baseUrl: baseUrl ?? GEMINI_URL,
      fetch: refusing(apiKey ? fetch : withoutKey(fetch)),
    },
  });
  return { models, sdk };
}

function withoutKey(fetch: Fetch): Fetch {
  return (input, init) => {
    const headers = new Headers(init?.headers);
    headers.delete(KEY_HEADER);
    return fetch(input, { ...init, headers });
  };
}

/** The client's own error has no headers. */
function refusing(fetch: Fetch): Fetch {
  return async (input, init) => {
    const response = await fetch(input, init);
    if (response.ok) return response;
    throw await readRefusal(response);
  };
}
