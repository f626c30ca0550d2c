import { invalid } from '#platform/errors/app-error';
import type { CatalogueModel, Complexity } from '../catalogue/catalogue-model.ts';
import { isChatModel } from '../catalogue/catalogue-model.ts';
import type { ChatRequest } from '../chat-model.ts';
import { abilitiesNeeded, type Ability } from '../providers/abilities.ts';
import type { TeamModels } from '../selection/team-models.service.ts';
import { estimatePromptTokens } from '../spending/estimate-call.ts';
import { classifyRequest } from './classify-request.ts';
import type { FirstTokenTimes } from './first-token-times.ts';
import type { ModelHealth } from './model-health.ts';
import { rankModels, spreadOverProviders, type RankedModel } from './rank-models.ts';

/** Which models are asked, in which order, and why. */
export type RouteDecision = {
  readonly complexity: Complexity;
  readonly reasons: readonly string[];
  readonly abilities: readonly Ability[];
  readonly chain: readonly [CatalogueModel, ...CatalogueModel[]];
  /** All that were considered; those that are asked come first, in their order. */
  readonly candidates: readonly RankedModel[];
};

export type DecideRoute = (models: TeamModels, request: ChatRequest) => RouteDecision;

export type DecideRouteDependencies = {
  readonly firstTokenTimes: Pick<FirstTokenTimes, 'get'>;
  readonly health: ModelHealth;
  /** The most tokens of an answer where a request does not say. */
  readonly maxTokens: number;
};

/** Who waits for an answer waits for no more of them to fail. */
const MAX_CHAIN = 4;

export function createDecideRoute(dependencies: DecideRouteDependencies): DecideRoute {
  const { firstTokenTimes, health, maxTokens } = dependencies;

  function rate(model: CatalogueModel, models: TeamModels) {
    const { provider, name } = model;
    const owner = models.keyOwnerOf(model);
    return {
      model,
      isAvailable: models.isAvailable(model),
      isFailing: health.isOpen({ provider, model: name, owner }),
      firstTokenMs: firstTokenTimes.get(model),
    };
  }

  return (models, request) => {
    const { complexity, reasons } = classifyRequest(request);
    const abilities = abilitiesNeeded(request);
    const rated = models.catalogue.models
      .filter((model) => isChatModel(model) && model.base === null)
      .map((model) => rate(model, models));
    const ranked = rankModels(rated, {
      complexity,
      abilities,
      promptTokens: estimatePromptTokens(request),
      maxTokens: request.maxTokens ?? maxTokens,
    });
    const candidates = [
      ...spreadOverProviders(ranked.filter(({ whyNot }) => whyNot.length === 0)),
      ...ranked.filter(({ whyNot }) => whyNot.length > 0),
    ];
    return { complexity, reasons, abilities, candidates, chain: chainOf(candidates) };
  };
}

/** Where all that could answer fail at the moment, the first of them is tried all the same. */
function chainOf(candidates: readonly RankedModel[]): RouteDecision['chain'] {
  const able = candidates.filter(({ whyNot }) => whyNot.length === 0);
  const failing = candidates.filter(({ whyNot, isFailing }) => isFailing && whyNot.length === 1);
  const [first, ...rest] = able.length > 0 ? able : failing;
  if (!first) throw nobodyAble();
  return [first.model, ...rest.slice(0, MAX_CHAIN - 1).map(({ model }) => model)];
}

function nobodyAble() {
  const message = 'No model that is there can do what is asked: /ai/route says what each lacks';
  return invalid([{ field: 'model', message }], 'model.unable');
}
