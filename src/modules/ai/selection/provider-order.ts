import type { ProviderName } from '../providers/model-provider.ts';

/** Which provider is meant where none is named, of those that are set up. */
export function providerOrder(first: ProviderName | undefined): readonly ProviderName[] {
  const others: readonly ProviderName[] = ['openai', 'litellm', 'anthropic', 'gemini', 'builtin'];
  return first ? [first, ...others.filter((provider) => provider !== first)] : others;
}
