import type { TeamId } from '#shared/ids';
import {
  createModelCatalogue,
  type ModelCatalogueDependencies,
} from '../catalogue/model-catalogue.service.ts';
import type { CallMeterDependencies } from '../metering/meter-calls.ts';
import type { KeyedProvider } from '../provider-keys/keyed-provider.ts';
import type { ModelProvider, ProviderName } from '../providers/model-provider.ts';
import type { Routes } from '../resilience/create-routes.ts';
import { createDecideRoute } from '../routing/decide-route.ts';
import { createFirstTokenTimes } from '../routing/first-token-times.ts';
import { createChooseModels, type ChooseModelsDependencies } from './choose-models.ts';
import { createGetChatModel } from './get-chat-model.ts';
import { createOfferModel } from './offer-model.ts';
import { createTeamModels, type TeamModelsDependencies } from './team-models.service.ts';

export type SelectionDependencies = Omit<ModelCatalogueDependencies, 'preference'> &
  Pick<TeamModelsDependencies, 'deployment' | 'order' | 'configuredName'> &
  Pick<ChooseModelsDependencies, 'fallbacks' | 'random'> & {
    readonly providers: ReadonlyMap<ProviderName, ModelProvider>;
    readonly listKeyed: (teamId: TeamId) => Promise<readonly KeyedProvider[]>;
    readonly meter: CallMeterDependencies;
    readonly routes: Routes;
  };

/** From the catalogue to a model that answers. */
export function createSelection(dependencies: SelectionDependencies) {
  const { providers, routes, meter, order } = dependencies;
  const catalogue = createModelCatalogue({ ...dependencies, preference: order });
  const firstTokenTimes = createFirstTokenTimes();
  const findTeamModels = createTeamModels({
    ...dependencies,
    catalogue,
    providers: new Set(providers.keys()),
  });
  const decideRoute = createDecideRoute({
    firstTokenTimes,
    health: routes.circuits,
    maxTokens: meter.maxTokens,
  });
  const getChatModel = createGetChatModel({
    findTeamModels,
    chooseModels: createChooseModels({ ...dependencies, decideRoute }),
    offerModel: createOfferModel({ providers, meter, firstTokenTimes }),
    routes,
  });
  return { catalogue, findTeamModels, decideRoute, getChatModel };
}
