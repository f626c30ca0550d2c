import type { Connection, KeyedProvider } from '#modules/ai';
import type { Config } from '#platform/config/config';

const NOWHERE: Connection = { apiKey: undefined, baseUrl: undefined };

/** How the service itself is set up to call each provider. */
export function createProviderEndpoints({ llm }: Pick<Config, 'llm'>) {
  return (provider: KeyedProvider): Connection =>
    provider === 'openai' ? { apiKey: llm.apiKey, baseUrl: llm.baseUrl } : NOWHERE;
}
