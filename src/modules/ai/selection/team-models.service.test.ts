import { describe, expect, it } from 'vitest';
import { newId, type TeamId } from '#shared/ids';
import { BUILT_IN_MODELS } from '../catalogue/built-in-models.ts';
import type { CatalogueModel } from '../catalogue/catalogue-model.ts';
import { listModels } from '../catalogue/list-models.ts';
import { createTeamCatalogue } from '../catalogue/team-catalogue.ts';
import type { KeyedProvider } from '../provider-keys/keyed-provider.ts';
import { PROVIDER_NAMES, type ProviderName } from '../providers/model-provider.ts';
import { buildModel } from '../testing/catalogue-models.ts';
import { providerOrder } from './provider-order.ts';
import { createTeamModels } from './team-models.service.ts';

type Setup = {
  readonly models?: readonly CatalogueModel[];
  readonly setUp?: Readonly<Partial<Record<KeyedProvider, string>>>;
  readonly ownKeys?: readonly KeyedProvider[];
  readonly first?: ProviderName;
  readonly configuredName?: string;
};

const TEAM = newId<TeamId>();
const NO_URL = '';

/** `setUp` has the addresses of the providers that the service has a key for. */
function findModels(setup: Setup = {}) {
  const { models = BUILT_IN_MODELS, setUp = {}, ownKeys = [], first } = setup;
  const order = providerOrder(first);
  const find = createTeamModels({
    catalogue: { forTeam: async () => createTeamCatalogue(models, order) },
    providers: new Set(PROVIDER_NAMES),
    deployment: (provider) => ({
      apiKey: setUp[provider] === undefined ? undefined : 'key',
      baseUrl: setUp[provider] || undefined,
    }),
    listKeyed: async () => ownKeys,
    order,
    configuredName: setup.configuredName ?? 'gpt-4o-mini',
  });
  return find(TEAM);
}

const defaultOf = async (setup: Setup) => (await findModels(setup)).getDefault().name;

describe('the model that answers where none is named', () => {
  it.each<[string, Setup, string]>([
    ['the built-in one where nothing is set up', {}, 'builtin-extractive'],
    ['that of the settings', { setUp: { openai: NO_URL } }, 'gpt-4o-mini'],
    ['of the only provider there is', { setUp: { gemini: NO_URL } }, 'gemini-2.5-flash'],
    [
      'of the first in order',
      { setUp: { anthropic: NO_URL, openai: NO_URL, gemini: NO_URL } },
      'gpt-4o-mini',
    ],
    [
      'of the provider that is preferred',
      { setUp: { anthropic: NO_URL, openai: NO_URL }, first: 'anthropic' },
      'claude-haiku-4-5',
    ],
    [
      'the one of the settings that the preferred provider has',
      { setUp: { anthropic: NO_URL }, first: 'anthropic', configuredName: 'claude-opus-4-6' },
      'claude-opus-4-6',
    ],
    [
      'of another where the preferred is not set up',
      { setUp: { openai: NO_URL }, first: 'gemini' },
      'gpt-4o-mini',
    ],
    ['of the provider whose key the team brought', { ownKeys: ['anthropic'] }, 'claude-haiku-4-5'],
    [
      'the built-in one where it is preferred',
      { setUp: { openai: NO_URL }, first: 'builtin' },
      'builtin-extractive',
    ],
  ])('is %s', async (_what, setup, expected) => {
    expect(await defaultOf(setup)).toBe(expected);
  });

  it('is another of the provider where it is disabled', async () => {
    const models = BUILT_IN_MODELS.map((model) =>
      model.name === 'gpt-4o-mini' ? { ...model, isEnabled: false } : model,
    );
    const found = (await findModels({ models, setUp: { openai: NO_URL } })).getDefault();
    expect(found).toMatchObject({ provider: 'openai', isEnabled: true });
    expect(found.abilities).not.toContain('embeddings');
  });

  it('is the one of a server of one’s own that nobody listed', async () => {
    const models = listModels({ provider: 'openai', name: 'llama3' });
    const setup = { models, setUp: { openai: 'http://own' }, configuredName: 'llama3' };
    expect(await defaultOf(setup)).toBe('llama3');
  });
});

describe('a name', () => {
  it('of two providers means the one that can be called', async () => {
    const models = [...BUILT_IN_MODELS, buildModel('gpt-4o', { provider: 'litellm' })];
    const litellm = await findModels({ models, setUp: { litellm: 'http://proxy' } });
    expect(litellm.getByName('gpt-4o').provider).toBe('litellm');
    const both = await findModels({ models, setUp: { litellm: 'http://proxy', openai: NO_URL } });
    expect(both.getByName('gpt-4o').provider).toBe('openai');
  });

  it('is not taken for a chat model’s where it makes vectors', async () => {
    const models = await findModels({ setUp: { openai: NO_URL } });
    expect(() => models.getByName('text-embedding-3-small')).toThrow(/No model/);
  });

  it('that nobody listed is not called at OpenAI itself', async () => {
    const models = await findModels({ setUp: { openai: NO_URL } });
    expect(() => models.getByName('openai/gpt-99')).toThrow(/No model "openai\/gpt-99"/);
  });

  it('that is disabled is not called by way of being unlisted', async () => {
    const off = buildModel('off', { provider: 'litellm', isEnabled: false });
    const models = await findModels({ models: [off], setUp: { litellm: 'http://proxy' } });
    expect(() => models.getByName('litellm/off')).toThrow(/No model/);
    expect(models.getByName('litellm/on').isListed).toBe(false);
  });
});

describe('the circuit of a model', () => {
  it('is the team’s own where its calls say nothing about others', async () => {
    const models = await findModels({ setUp: { litellm: 'http://proxy' }, ownKeys: ['openai'] });
    expect(models.keyOwnerOf(buildModel('any'))).toBe(TEAM);
    expect(models.keyOwnerOf(buildModel('any', { provider: 'gemini' }))).toBeUndefined();
    expect(models.keyOwnerOf(models.getByName('litellm/made-up'))).toBe(TEAM);
    expect(models.keyOwnerOf(buildModel('own', { provider: 'gemini', teamId: TEAM }))).toBe(TEAM);
  });
});
