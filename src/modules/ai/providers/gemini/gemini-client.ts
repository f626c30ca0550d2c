import type { GoogleGenAI } from '@google/genai';
import type { Connection } from '../model-provider.ts';
import { readRefusal } from './gemini-refusal.ts';

export type GeminiClient = {
  readonly models: GoogleGenAI['models'];
  /** Some of its values are enums, which exist only where the package is loaded. */
  readonly sdk: typeof import('@google/genai');
};

const GEMINI_URL = 'https://generativelanguage.googleapis.com';
const KEY_HEADER = 'x-goog-api-key';
// The client would else take one from the environment.
const NO_KEY = 'none';

export async function createGeminiClient({ apiKey, baseUrl }: Connection): Promise<GeminiClient> {
  const sdk = await import('@google/genai');
  const { models } = new sdk.GoogleGenAI({
    apiKey: apiKey ?? NO_KEY,
    // The client would else take these from the environment as well.
    enterprise: false,
    apiVersion: 'v1beta',
    httpOptions: { baseUrl: baseUrl ?? GEMINI_URL, fetch: apiKey ? fetchHere : fetchWithoutKey },
  });
  return { models, sdk };
}

function fetchWithoutKey(input: string | URL | Request, init?: RequestInit): Promise<Response> {
  const headers = new Headers(init?.headers);
  headers.delete(KEY_HEADER);
  return fetchHere(input, { ...init, headers });
}

/**
 * The client's own error has no headers, and a redirect would carry the conversation to an address that nobody
 * configured.
 */
async function fetchHere(input: string | URL | Request, init?: RequestInit): Promise<Response> {
  const response = await fetch(input, { ...init, redirect: 'manual' });
  if (response.ok) return response;
  throw await readRefusal(response);
}
