import { invalid } from '#platform/errors/app-error';
import type { TeamId } from '#shared/ids';
import { isChatModel, qualifiedName, type CatalogueModel } from '../catalogue/catalogue-model.ts';
import { describeUntold, priceUnlisted } from '../catalogue/list-models.ts';
import type { ModelCatalogue } from '../catalogue/model-catalogue.service.ts';
import type { TeamCatalogue } from '../catalogue/team-catalogue.ts';
import type { KeyedProvider } from '../provider-keys/keyed-provider.ts';
import type { Connection, ProviderName } from '../providers/model-provider.ts';

/** What one team can call at this moment. */
export type TeamModels = {
  readonly teamId: TeamId;
  readonly catalogue: TeamCatalogue;
  /** The providers that it calls with a key of its own. */
  readonly ownKeys: ReadonlySet<ProviderName>;
  /** Whether its provider is set up, by the service or by the team, and it may be used. */
  isAvailable(model: CatalogueModel): boolean;
  hasProvider(provider: ProviderName): boolean;
  /** Whose circuit a model has: that of the team, where its calls say nothing about others'. */
  keyOwnerOf(model: CatalogueModel): TeamId | undefined;
  /** @throws VALIDATION_ERROR `model.unknown` where nothing is there to answer */
  getDefault(): CatalogueModel;
  findByName(name: string): CatalogueModel | undefined;
  /** @throws VALIDATION_ERROR `model.unknown` */
  getByName(name: string): CatalogueModel;
};

export type TeamModelsDependencies = {
  readonly catalogue: Pick<ModelCatalogue, 'forTeam'>;
  /** The kinds of endpoint that this build can call. */
  readonly providers: ReadonlySet<ProviderName>;
  /** How the service itself is set up to call each of them. */
  readonly deployment: (provider: KeyedProvider) => Pick<Connection, 'apiKey' | 'baseUrl'>;
  readonly listKeyed: (teamId: TeamId) => Promise<readonly KeyedProvider[]>;
  /** Which is meant where none is named, of those that are set up. */
  readonly order: readonly ProviderName[];
  /** The model of the settings. */
  readonly configuredName: string;
};

export type FindTeamModels = (teamId: TeamId) => Promise<TeamModels>;

/** The models that answer where nobody chose: as good and as dear as one another. */
const DEFAULTS: Readonly<Partial<Record<ProviderName, string>>> = {
  openai: 'gpt-4o-mini',
  anthropic: 'claude-haiku-4-5',
  gemini: 'gemini-2.5-flash',
  builtin: 'builtin-extractive',
};
const MOST_NAMES_TOLD = 5;

export function createTeamModels(dependencies: TeamModelsDependencies): FindTeamModels {
  const { catalogue, listKeyed } = dependencies;
  return async (teamId) => {
    const [models, keyed] = await Promise.all([catalogue.forTeam(teamId), listKeyed(teamId)]);
    return teamModels({ teamId, catalogue: models, ownKeys: new Set(keyed) }, dependencies);
  };
}

function teamModels(
  team: Pick<TeamModels, 'teamId' | 'catalogue' | 'ownKeys'>,
  { providers, deployment, order, configuredName }: TeamModelsDependencies,
): TeamModels {
  const { catalogue, ownKeys } = team;

  function hasProvider(provider: ProviderName): boolean {
    if (provider === 'builtin') return true;
    return providers.has(provider) && (ownKeys.has(provider) || isSetUp(deployment(provider)));
  }

  /** A server of one's own has models of its own, unless it is told that it has OpenAI's. */
  function isAtOwnServer({ provider, source }: CatalogueModel): boolean {
    if (provider !== 'openai' || source !== 'built_in' || ownKeys.has(provider)) return false;
    return deployment(provider).baseUrl !== undefined && !isListedName(configuredName);
  }

  function isListedName(name: string): boolean {
    return catalogue.find(qualifiedName({ provider: 'openai', name }))?.source === 'built_in';
  }

  function isAvailable(model: CatalogueModel): boolean {
    return model.isEnabled && hasProvider(model.provider) && !isAtOwnServer(model);
  }

  const answers = (model: CatalogueModel) => isChatModel(model) && isAvailable(model);

  /** What a proxy, or a server of one's own, may have although nobody listed it. */
  function findUnlisted(name: string): CatalogueModel | undefined {
    const [provider, ...rest] = name.split('/');
    const ownName = rest.join('/');
    if (ownName === '' || (provider !== 'litellm' && provider !== 'openai')) return undefined;
    const isOpen = provider === 'litellm' || deployment(provider).baseUrl !== undefined;
    if (!isOpen || !hasProvider(provider)) return undefined;
    const listed = catalogue.find(name);
    if (listed?.isEnabled === false) return undefined;
    return { ...describeUntold({ provider, name: ownName }), price: priceUnlisted(ownName) };
  }

  function defaultOf(provider: ProviderName): CatalogueModel | undefined {
    const names = [configuredName, DEFAULTS[provider]].filter((name) => name !== undefined);
    const found = names
      .map((name) => catalogue.find(qualifiedName({ provider, name }), answers))
      .find((model) => model !== undefined);
    return found ?? catalogue.models.find((model) => model.provider === provider && answers(model));
  }

  const findByName = (name: string) => catalogue.find(name, answers) ?? findUnlisted(name);

  return {
    ...team,
    hasProvider,
    isAvailable,
    findByName,
    keyOwnerOf({ provider, isListed, teamId }) {
      return ownKeys.has(provider) || !isListed || teamId !== null ? team.teamId : undefined;
    },
    getDefault() {
      for (const provider of order.filter(hasProvider)) {
        const model = defaultOf(provider);
        if (model) return model;
      }
      throw unknownModel('default', []);
    },
    getByName(name) {
      const model = findByName(name);
      if (model) return model;
      throw unknownModel(name, catalogue.models.filter(answers));
    },
  };
}

function isSetUp({ apiKey, baseUrl }: Pick<Connection, 'apiKey' | 'baseUrl'>): boolean {
  return apiKey !== undefined || baseUrl !== undefined;
}

function unknownModel(name: string, offered: readonly CatalogueModel[]) {
  const names = offered.slice(0, MOST_NAMES_TOLD).map((model) => model.name);
  const rest = offered.length > MOST_NAMES_TOLD ? ' and more, at /ai/models' : '';
  const message = `No model "${name}"; there are: ${names.join(', ')}${rest}`;
  return invalid([{ field: 'model', message }], 'model.unknown');
}
