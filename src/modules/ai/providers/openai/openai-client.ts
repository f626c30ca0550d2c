import type OpenAI from 'openai';
import { createDirectFetch } from '#platform/http-client/direct-fetch';
import type { Connection } from '../model-provider.ts';

const OPENAI_URL = 'https://api.openai.com/v1';
// The client asks for a key; an endpoint without one gets no such header.
const NO_KEY = 'none';

/** The client of any endpoint that speaks the OpenAI protocol. */
export async function createOpenAiClient(connection: Connection): Promise<OpenAI> {
  const { apiKey, baseUrl = OPENAI_URL, fetch = createDirectFetch() } = connection;
  const { OpenAI } = await import('openai');
  // The client would tell endpoints about the machine, and take further headers from the environment.
  const headers = new Headers({
    accept: 'application/json',
    'content-type': 'application/json',
    'user-agent': 'groundwork',
    ...(apiKey && { authorization: `Bearer ${apiKey}` }),
  });

  /** Builds requests of JSON from what never changes, and leaves their time to us: the client would take longer for it. */
  class JsonClient extends OpenAI {
    override async buildRequest(options: Parameters<OpenAI['buildRequest']>[0]) {
      const { method, path, body, signal = null } = options;
      const request = {
        method: method.toUpperCase(),
        headers,
        body: JSON.stringify(body),
        signal,
      };
      return { req: request, url: this.buildURL(path, null), timeout: this.timeout };
    }

    override fetchWithTimeout(...[url, init]: Parameters<OpenAI['fetchWithTimeout']>) {
      return fetch(url, init);
    }
  }

  return new JsonClient({
    apiKey: apiKey ?? NO_KEY,
    baseURL: baseUrl,
    // The client would else take these from the environment.
    adminAPIKey: null,
    organization: null,
    project: null,
    webhookSecret: null,
    // Attempts are ours, since the client knows nothing of what breaks after the headers.
    maxRetries: 0,
    logLevel: 'off',
  });
}
