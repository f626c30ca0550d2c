import { createDirectFetch } from '#platform/http-client/direct-fetch';
import type { HttpClient } from '#platform/http-client/http-client';
import type { ChatModel } from '../chat-model.ts';
import type { AttemptPolicy } from '../providers/attempts.ts';
import { createAnthropicProvider } from '../providers/anthropic/anthropic.provider.ts';
import { createBuiltinProvider } from '../providers/builtin/builtin.provider.ts';
import { createGeminiProvider } from '../providers/gemini/gemini.provider.ts';
import type { Connection, ModelProvider } from '../providers/model-provider.ts';
import { createOpenAiProvider } from '../providers/openai/openai.provider.ts';
import { buildCallDependencies, KEY_CANARY } from './chat-requests.ts';

type BenchOptions = {
  readonly timeoutMs?: number;
  readonly policy?: AttemptPolicy;
  readonly httpClient?: Pick<HttpClient, 'request'>;
};

/** A provider at work against a server, and what it sent there. */
export type Bench = {
  readonly provider: ModelProvider;
  readonly model: ChatModel;
  readonly sent: readonly SentCall[];
};

export type SentCall = { readonly url: string; readonly headers: Headers; readonly body: unknown };

export type RemoteName = 'openai' | 'litellm' | 'anthropic' | 'gemini';

const MODELS: Readonly<Record<RemoteName, string>> = {
  openai: 'gpt-4o-mini',
  litellm: 'openai/gpt-4o-mini',
  anthropic: 'claude-haiku-4-5',
  gemini: 'gemini-2.5-flash',
};
const NO_IMAGES = { request: () => Promise.reject(new Error('no address is called here')) };

export const REMOTE_NAMES = ['openai', 'litellm', 'anthropic', 'gemini'] as const;

/** @param origin of a server that speaks the protocol of the provider */
export function buildBench(name: RemoteName, origin: string, options: BenchOptions = {}): Bench {
  const sent: SentCall[] = [];
  const isOpenAi = name === 'openai' || name === 'litellm';
  const connection: Connection = {
    apiKey: KEY_CANARY,
    baseUrl: isOpenAi ? `${origin}/v1` : origin,
    fetch: recordingFetch(sent),
  };
  const provider = createRemote(name, connection, options);
  return { provider, model: provider.createChatModel(MODELS[name]), sent };
}

export function buildBuiltinBench(): Bench {
  const provider = createBuiltinProvider();
  return { provider, model: provider.createChatModel('builtin-extractive'), sent: [] };
}

function createRemote(
  name: RemoteName,
  connection: Connection,
  { httpClient = NO_IMAGES, ...changes }: BenchOptions,
): ModelProvider {
  const getConnection = async () => connection;
  const dependencies = buildCallDependencies(changes);
  switch (name) {
    case 'openai':
    case 'litellm':
      return createOpenAiProvider({ name, getConnection }, dependencies);
    case 'anthropic':
      return createAnthropicProvider(getConnection, dependencies);
    case 'gemini':
      return createGeminiProvider({ getConnection, httpClient }, dependencies);
  }
}

function recordingFetch(sent: SentCall[]): typeof fetch {
  const send = createDirectFetch();
  return (input, init) => {
    const body: unknown = typeof init?.body === 'string' ? JSON.parse(init.body) : undefined;
    sent.push({ url: String(input), headers: new Headers(init?.headers), body });
    return send(input, init);
  };
}
