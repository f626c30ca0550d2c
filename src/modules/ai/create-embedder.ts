import { findListPrice } from './catalogue/list-models.ts';
import { FREE } from './catalogue/model-price.ts';
import { createCallMeter, type CallMeterDependencies } from './metering/meter-calls.ts';
import { meterEmbeddingModel } from './metering/meter-embedding-model.ts';
import type { LocalModels } from './providers/local/local-models.provider.ts';
import type { ModelProvider, ProviderName } from './providers/model-provider.ts';

export type EmbeddingSettings = {
  readonly provider: 'none' | 'local' | Exclude<ProviderName, 'anthropic'>;
  readonly model: string;
  readonly dimensions: number;
};

type Dependencies = {
  readonly providers: ReadonlyMap<ProviderName, ModelProvider>;
  readonly localModels: LocalModels | undefined;
  readonly meter: CallMeterDependencies;
};

/** The embedder of the settings; undefined where search is by words alone. */
export function createEmbedder(
  { provider, model: name, dimensions }: EmbeddingSettings,
  { providers, localModels, meter }: Dependencies,
) {
  if (provider === 'none') return undefined;
  const model =
    provider === 'local'
      ? localModels?.embedder(name, dimensions)
      : providers.get(provider)?.createEmbeddingModel?.(name, dimensions);
  if (!model) throw new Error(`the provider "${provider}" makes no vectors`);
  const price = findListPrice(model.name) ?? FREE;
  const callMeter = createCallMeter({ name: model.name, provider, price }, meter);
  return { model: meterEmbeddingModel(model, { provider, meter: callMeter }), provider };
}
