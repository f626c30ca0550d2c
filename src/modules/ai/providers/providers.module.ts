import type { HttpClient } from '#platform/http-client/http-client';
import { createAnthropicProvider } from './anthropic/anthropic.provider.ts';
import { createBuiltinProvider } from './builtin/builtin.provider.ts';
import type { CallDependencies } from './call-settings.ts';
import { createGeminiProvider } from './gemini/gemini.provider.ts';
import type { GetConnection, ModelProvider, ProviderName } from './model-provider.ts';
import { createOpenAiProvider } from './openai/openai.provider.ts';

export type ProviderConnections = Readonly<Record<Exclude<ProviderName, 'builtin'>, GetConnection>>;

type ProvidersDependencies = CallDependencies & {
  /** For addresses that callers give. */
  readonly httpClient: Pick<HttpClient, 'request'>;
};

/** Every provider there is; one without key and address refuses its calls. */
export function createProviders(
  connections: ProviderConnections,
  { httpClient, ...dependencies }: ProvidersDependencies,
): readonly ModelProvider[] {
  const { openai, anthropic, gemini, litellm } = connections;
  return [
    createOpenAiProvider({ name: 'openai', getConnection: openai }, dependencies),
    createAnthropicProvider(anthropic, dependencies),
    createGeminiProvider({ getConnection: gemini, httpClient }, dependencies),
    createOpenAiProvider({ name: 'litellm', getConnection: litellm }, dependencies),
    createBuiltinProvider(),
  ];
}
