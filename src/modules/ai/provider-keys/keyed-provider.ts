/** The providers whose keys a team may bring. */
export const KEYED_PROVIDERS = ['openai', 'anthropic', 'gemini', 'litellm'] as const;

export type KeyedProvider = (typeof KEYED_PROVIDERS)[number];

/** Those of which anybody may run a server. */
export const SELF_HOSTED: ReadonlySet<KeyedProvider> = new Set(['openai', 'litellm']);
