import type OpenAI from 'openai';

/** Any endpoint that speaks the OpenAI protocol, and how patient we are with it. */
export type OpenAiEndpoint = {
  readonly apiKey: string | undefined;
  readonly baseUrl: string | undefined;
  /** Attempts of a call, the first included. */
  readonly attempts: number;
  /** Time for the endpoint to begin its answer, all attempts and the waits between them included. */
  readonly timeoutMs: number;
};

const OPENAI_URL = 'https://api.openai.com/v1';
// The client asks for a key; an endpoint without one gets no such header.
const NO_KEY = 'none';

/** Makes the client when it is first needed: its package takes a quarter of a second to load. */
export function createClientLoader({ apiKey, baseUrl }: OpenAiEndpoint): () => Promise<OpenAI> {
  let client: OpenAI | undefined;
  return async () => {
    if (client) return client;
    const { OpenAI } = await import('openai');
    client ??= new OpenAI({
      apiKey: apiKey ?? NO_KEY,
      baseURL: baseUrl ?? OPENAI_URL,
      ...(!apiKey && { defaultHeaders: { authorization: null } }),
      // The client would else take these from the environment.
      adminAPIKey: null,
      organization: null,
      project: null,
      webhookSecret: null,
      // Attempts are ours, since the client knows nothing of what breaks after the headers.
      maxRetries: 0,
      logLevel: 'off',
      // A redirect would carry the conversation to an address that nobody configured.
      fetchOptions: { redirect: 'manual' },
    });
    return client;
  };
}
