import type { TeamId } from '#shared/ids';
import { qualifiedName } from '../catalogue/catalogue-model.ts';
import type { ChatModel, ChatRequest } from '../chat-model.ts';
import type { Routes } from '../resilience/create-routes.ts';
import { AUTO, type ChooseModels, type ModelChain } from './choose-models.ts';
import type { OfferModel } from './offer-model.ts';
import type { FindTeamModels, TeamModels } from './team-models.service.ts';

export type GetChatModelDependencies = {
  readonly findTeamModels: FindTeamModels;
  readonly chooseModels: ChooseModels;
  readonly offerModel: OfferModel;
  readonly routes: Pick<Routes, 'chain'>;
};

export type GetChatModel = (teamId: TeamId, name?: string) => Promise<ChatModel>;

/** A model by its name, the one that fits each request for `auto`, or the default one. */
export function createGetChatModel(dependencies: GetChatModelDependencies): GetChatModel {
  const { findTeamModels, chooseModels, offerModel, routes } = dependencies;

  function joinChain(chain: ModelChain, models: TeamModels): ChatModel {
    const owners = new Map(chain.map((model) => [qualifiedName(model), models.keyOwnerOf(model)]));
    const [first, ...others] = chain;
    return routes.chain([offerModel(first), ...others.map(offerModel)], (model) =>
      owners.get(`${model.provider}/${model.name}`),
    );
  }

  function createChosenModel(
    identity: Omit<ChatModel, 'stream'>,
    models: TeamModels,
    choose: (request: ChatRequest) => ModelChain,
  ): ChatModel {
    return {
      ...identity,
      stream: (request, signal) => joinChain(choose(request), models).stream(request, signal),
    };
  }

  return async (teamId, name) => {
    const models = await findTeamModels(teamId);
    if (name === AUTO) {
      const identity = { name: AUTO, provider: AUTO, label: AUTO };
      return createChosenModel(identity, models, (request) =>
        chooseModels.forRequest(models, request),
      );
    }
    const model = name === undefined ? models.getDefault() : models.getByName(name);
    const { stream: _stream, ...identity } = offerModel(model);
    return createChosenModel(identity, models, (request) =>
      chooseModels.forModel(model, models, request),
    );
  };
}
