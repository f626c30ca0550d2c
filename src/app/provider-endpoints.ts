import type { Connection, KeyedProvider } from '#modules/ai';
import type { Config } from '#platform/config/config';

type Settings = Pick<Config, 'llm' | 'anthropic' | 'gemini' | 'litellm'>;

const GROUPS = {
  openai: 'llm',
  anthropic: 'anthropic',
  gemini: 'gemini',
  litellm: 'litellm',
} as const satisfies Record<KeyedProvider, keyof Settings>;

/** How the service itself is set up to call each provider. */
export function createProviderEndpoints(settings: Settings) {
  return (provider: KeyedProvider): Connection => {
    const { apiKey, baseUrl } = settings[GROUPS[provider]];
    return { apiKey, baseUrl };
  };
}
