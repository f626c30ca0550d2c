import { idOfName } from '#shared/ids';
import type { Ability } from '../providers/abilities.ts';
import type { ProviderName } from '../providers/model-provider.ts';
import { qualifiedName, type CatalogueModel, type Complexity } from './catalogue-model.ts';
import { priceOf } from './model-price.ts';

type ListedModel = readonly [
  name: string,
  complexity: Complexity,
  contextTokens: number,
  /** For a million tokens; `cached` are prompt tokens that the provider had in its cache. */
  usd: readonly [prompt: number, cached: number, completion: number],
  abilities: readonly Ability[],
];

const ANSWERS: readonly Ability[] = ['tools', 'single_tool_calls', 'json', 'json_schema'];
const SEES: readonly Ability[] = ['images', 'image_urls'];
const WRITES: readonly Ability[] = [...ANSWERS, ...SEES, 'stop', 'seed'];
const REASONS: readonly Ability[] = [...ANSWERS, ...SEES, 'seed', 'reasoning_effort'];
const CLAUDE: readonly Ability[] = [...ANSWERS, ...SEES, 'stop', 'reasoning_effort'];
const GEMINI: readonly Ability[] = [
  'tools',
  'json',
  'json_schema',
  ...SEES,
  'stop',
  'seed',
  'reasoning_effort',
];
const VECTORS: readonly Ability[] = ['embeddings'];

// The list prices that the three published for standard calls in March 2026; Gemini's are those of
// prompts up to 200,000 tokens. Administrators change them at /admin/models.
const OPENAI: readonly ListedModel[] = [
  ['gpt-5.2', 'large', 400_000, [1.75, 0.175, 14], REASONS],
  ['gpt-5.1', 'large', 400_000, [1.25, 0.125, 10], REASONS],
  ['gpt-5', 'large', 400_000, [1.25, 0.125, 10], REASONS],
  ['gpt-5-mini', 'medium', 400_000, [0.25, 0.025, 2], REASONS],
  ['gpt-5-nano', 'small', 400_000, [0.05, 0.005, 0.4], REASONS],
  ['gpt-4.1', 'large', 1_047_576, [2, 0.5, 8], WRITES],
  ['gpt-4.1-mini', 'medium', 1_047_576, [0.4, 0.1, 1.6], WRITES],
  ['gpt-4.1-nano', 'small', 1_047_576, [0.1, 0.025, 0.4], WRITES],
  ['gpt-4o', 'large', 128_000, [2.5, 1.25, 10], WRITES],
  ['gpt-4o-mini', 'small', 128_000, [0.15, 0.075, 0.6], WRITES],
  ['o3', 'large', 200_000, [2, 0.5, 8], REASONS],
  ['o4-mini', 'medium', 200_000, [1.1, 0.275, 4.4], REASONS],
  ['text-embedding-3-small', 'small', 8192, [0.02, 0.02, 0], VECTORS],
  ['text-embedding-3-large', 'small', 8192, [0.13, 0.13, 0], VECTORS],
];

const ANTHROPIC: readonly ListedModel[] = [
  ['claude-opus-4-6', 'large', 200_000, [5, 0.5, 25], CLAUDE],
  ['claude-opus-4-5', 'large', 200_000, [5, 0.5, 25], CLAUDE],
  ['claude-sonnet-4-6', 'large', 200_000, [3, 0.3, 15], CLAUDE],
  ['claude-sonnet-4-5', 'large', 200_000, [3, 0.3, 15], CLAUDE],
  ['claude-haiku-4-5', 'medium', 200_000, [1, 0.1, 5], CLAUDE],
];

const GOOGLE: readonly ListedModel[] = [
  ['gemini-3.1-pro-preview', 'large', 1_048_576, [2, 0.2, 12], GEMINI],
  ['gemini-2.5-pro', 'large', 1_048_576, [1.25, 0.125, 10], GEMINI],
  ['gemini-2.5-flash', 'medium', 1_048_576, [0.3, 0.03, 2.5], GEMINI],
  ['gemini-2.5-flash-lite', 'small', 1_048_576, [0.1, 0.01, 0.4], GEMINI],
  ['gemini-embedding-001', 'small', 2048, [0.15, 0.15, 0], VECTORS],
];

const PROVIDER_TITLES: Readonly<Record<ProviderName, string>> = {
  openai: 'OpenAI',
  anthropic: 'Anthropic',
  gemini: 'Google',
  litellm: 'LiteLLM',
  builtin: 'built-in',
};

const EXTRACTIVE: CatalogueModel = {
  ...listed('builtin', ['builtin-extractive', 'small', 1_000_000, [0, 0, 0], []]),
  description:
    'Quotes the sentences of your documents that fit the question best. It works offline, and does not summarise, reason or converse.',
};

/** The models that are known without anybody adding them. */
export const BUILT_IN_MODELS: readonly CatalogueModel[] = [
  EXTRACTIVE,
  ...OPENAI.map((item) => listed('openai', item)),
  ...ANTHROPIC.map((item) => listed('anthropic', item)),
  ...GOOGLE.map((item) => listed('gemini', item)),
];

function listed(provider: ProviderName, item: ListedModel): CatalogueModel {
  const [name, complexity, contextTokens, usd, abilities] = item;
  const [promptUsd, cachedUsd, completionUsd] = usd;
  return {
    id: idOfName(qualifiedName({ provider, name })),
    provider,
    name,
    description: describe(provider, item),
    source: 'built_in',
    isEnabled: true,
    isListed: true,
    contextTokens,
    complexity,
    abilities,
    price: priceOf({ promptUsd, cachedUsd, completionUsd }),
    base: null,
    trafficShare: 0,
    teamId: null,
  };
}

function describe(provider: ProviderName, [, complexity, , , abilities]: ListedModel): string {
  const title = PROVIDER_TITLES[provider];
  if (abilities.includes('embeddings')) return `Makes vectors, at ${title}.`;
  return `A language model of ${title} for ${complexity} requests.`;
}
