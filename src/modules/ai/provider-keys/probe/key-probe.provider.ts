import type { Connection } from '../../providers/model-provider.ts';
import type { KeyProbe, ProbeOutcome } from '../key-probe.ts';
import type { KeyedProvider } from '../keyed-provider.ts';

type Question = {
  readonly url: string;
  readonly headers: (apiKey: string) => Readonly<Record<string, string>>;
};

const TIMEOUT_MS = 10_000;
const REFUSALS = new Set([400, 401, 403]);
const bearer = (apiKey: string) => ({ authorization: `Bearer ${apiKey}` });

/** Lists of models, which every provider gives to whoever has a good key, for nothing. */
const QUESTIONS: Readonly<Record<KeyedProvider, (baseUrl: string | undefined) => Question>> = {
  openai: (baseUrl = 'https://api.openai.com/v1') => ({
    url: `${baseUrl}/models`,
    headers: bearer,
  }),
  // Without an address there is nobody to ask.
  litellm: (baseUrl = '') => ({ url: `${baseUrl}/models`, headers: bearer }),
  anthropic: (baseUrl = 'https://api.anthropic.com') => ({
    url: `${baseUrl}/v1/models?limit=1`,
    headers: (apiKey) => ({ ...bearer(apiKey), 'anthropic-version': '2023-06-01' }),
  }),
  gemini: (baseUrl = 'https://generativelanguage.googleapis.com') => ({
    url: `${baseUrl}/v1beta/models?pageSize=1`,
    headers: (apiKey) => ({ 'x-goog-api-key': apiKey }),
  }),
};

/** Over plain HTTP: a client library would take longer to load than the question takes. */
export function createKeyProbe({ timeoutMs = TIMEOUT_MS } = {}): KeyProbe {
  return {
    async probe(provider, connection, callerSignal) {
      const signal = AbortSignal.any([callerSignal, AbortSignal.timeout(timeoutMs)]);
      try {
        return await ask(provider, connection, signal);
      } catch {
        // Closed, filtered or no HTTP at all: which of them is nobody's business.
        callerSignal.throwIfAborted();
        return 'unreachable';
      }
    },
  };
}

async function ask(
  provider: KeyedProvider,
  { apiKey = '', baseUrl, fetch = globalThis.fetch }: Connection,
  signal: AbortSignal,
): Promise<ProbeOutcome> {
  const { url, headers } = QUESTIONS[provider](baseUrl);
  const response = await fetch(url, { headers: headers(apiKey), redirect: 'manual', signal });
  if (REFUSALS.has(response.status)) {
    await response.body?.cancel();
    return 'refused';
  }
  const answer: unknown = await response.json();
  return response.ok && isModelList(answer) ? 'valid' : 'unreachable';
}

function isModelList(answer: unknown): boolean {
  return typeof answer === 'object' && answer !== null && ('data' in answer || 'models' in answer);
}
