import type { ChatModel } from '../chat-model.ts';
import type { CatalogueModel } from '../catalogue/catalogue-model.ts';
import { createCallMeter, type CallMeterDependencies } from '../metering/meter-calls.ts';
import { meterChatModel } from '../metering/meter-chat-model.ts';
import { withinAbilities, type Ability } from '../providers/abilities.ts';
import type { ModelProvider, ProviderName } from '../providers/model-provider.ts';
import { watchFirstToken, type FirstTokenTimes } from '../routing/first-token-times.ts';

export type OfferDependencies = {
  readonly providers: ReadonlyMap<ProviderName, ModelProvider>;
  readonly meter: CallMeterDependencies;
  readonly firstTokenTimes: FirstTokenTimes;
};

/** Makes a model that can be called: within its abilities, metered, guarded, and with its speed watched. */
export type OfferModel = (model: CatalogueModel) => ChatModel;

export function createOfferModel(dependencies: OfferDependencies): OfferModel {
  const { providers, meter, firstTokenTimes } = dependencies;
  const offers = new WeakMap<CatalogueModel, ChatModel>();

  function offer(model: CatalogueModel): ChatModel {
    const provider = providers.get(model.provider);
    if (!provider) throw new Error(`there is no provider "${model.provider}"`);
    const abilities = new Set<Ability>(model.abilities);
    const chat = withinAbilities(provider.createChatModel(model.name), abilities);
    const callMeter = createCallMeter({ ...model, label: labelOf(model) }, meter);
    const metered = meterChatModel(watchFirstToken(chat, firstTokenTimes), callMeter);
    return { ...metered, label: labelOf(model) };
  }

  return (model) => {
    const known = offers.get(model);
    if (known) return known;
    const made = offer(model);
    offers.set(model, made);
    return made;
  };
}

/** Names that teams make up, and those of their own models, are without number: metrics count each kind as one. */
function labelOf({ name, teamId, isListed }: CatalogueModel): string {
  if (teamId !== null) return 'of_a_team';
  return isListed ? name : 'unlisted';
}
