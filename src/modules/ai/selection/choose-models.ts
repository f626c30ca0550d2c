import type { CatalogueModel } from '../catalogue/catalogue-model.ts';
import type { ChatRequest } from '../chat-model.ts';
import { abilitiesNeeded } from '../providers/abilities.ts';
import type { DecideRoute } from '../routing/decide-route.ts';
import { findPayer } from '../spending/payer-context.ts';
import { drawFor, isVariantOf, shareTraffic, type Draw } from './share-traffic.ts';
import type { TeamModels } from './team-models.service.ts';

/** The name by which the service is asked to choose. */
export const AUTO = 'auto';

/** The models that are asked for one answer, in their order. */
export type ModelChain = readonly [CatalogueModel, ...CatalogueModel[]];

export type ChooseModelsDependencies = {
  readonly decideRoute: DecideRoute;
  /** Asked, in this order, where the model that was asked for fails; as `provider/model`. */
  readonly fallbacks: readonly string[];
  readonly random: Draw;
};

export type ChooseModels = ReturnType<typeof createChooseModels>;

export function createChooseModels({ decideRoute, fallbacks, random }: ChooseModelsDependencies) {
  /** A conversation stays with the model that it began with. */
  function draw(): number {
    const key = findPayer()?.sessionId;
    return key ? drawFor(key) : random();
  }

  function share(model: CatalogueModel, models: TeamModels): ModelChain {
    const variants = models.catalogue.models.filter(isVariantOf(model)).filter(models.isAvailable);
    const chosen = shareTraffic(model, variants, draw);
    return chosen === model ? [model] : [chosen, model];
  }

  function findFallbacks(models: TeamModels, request: ChatRequest): readonly CatalogueModel[] {
    const needed = abilitiesNeeded(request);
    return fallbacks
      .map((name) => models.findByName(name))
      .filter((model) => model !== undefined)
      .filter(({ abilities }) => needed.every((ability) => abilities.includes(ability)));
  }

  return {
    /** Whoever is tuned from a model answers for it by its share, then the model itself, then the fallbacks. */
    forModel(model: CatalogueModel, models: TeamModels, request: ChatRequest): ModelChain {
      return [...share(model, models), ...findFallbacks(models, request)] as const;
    },

    /** @throws VALIDATION_ERROR `model.unable` where no model can do what is asked */
    forRequest(models: TeamModels, request: ChatRequest): ModelChain {
      const [best, ...others] = decideRoute(models, request).chain;
      return [...share(best, models), ...others];
    },
  };
}
