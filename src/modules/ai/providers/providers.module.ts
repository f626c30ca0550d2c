import { createBuiltinProvider } from './builtin/builtin.provider.ts';
import type { CallDependencies } from './call-settings.ts';
import type { Connection, GetConnection, ModelProvider, ProviderName } from './model-provider.ts';
import { createOpenAiProvider } from './openai/openai.provider.ts';

export type RemoteProviderName = Exclude<ProviderName, 'builtin' | 'anthropic' | 'gemini'>;

export type ProviderConnections = Readonly<Record<RemoteProviderName, GetConnection>>;

type OptionalConnection = {
  readonly apiKey?: string | undefined;
  readonly baseUrl?: string | undefined;
};

/** Every provider there is; one without key and address refuses its calls. */
export function createProviders(
  connections: ProviderConnections,
  dependencies: CallDependencies,
): readonly ModelProvider[] {
  const { openai, litellm } = connections;
  return [
    createOpenAiProvider({ name: 'openai', getConnection: openai }, dependencies),
    createOpenAiProvider({ name: 'litellm', getConnection: litellm }, dependencies),
    createBuiltinProvider(),
  ];
}

/** The same connection for each call, as the deployment's settings say. */
export function fixedConnection({ apiKey, baseUrl }: OptionalConnection): GetConnection {
  const connection: Connection = { apiKey, baseUrl };
  return async () => connection;
}
