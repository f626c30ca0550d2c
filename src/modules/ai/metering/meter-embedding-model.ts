import { traced } from '#platform/telemetry/tracing';
import type { EmbeddingModel } from '../embedding-model.ts';
import { observeEmbeddingModel } from '../observing/observe-embedding-model.ts';
import { guardEmbeddingModel } from '../spending/guard-embedding-model.ts';
import { estimateAll } from '../tokens/estimate-tokens.ts';
import { statusOf, type CallMeter } from './meter-calls.ts';

/** The same embedder, with a span, metrics and the spend limits around each call. */
export function meterEmbeddingModel(
  model: EmbeddingModel,
  { provider, meter }: { provider: string; meter: CallMeter },
): EmbeddingModel {
  const attributes = {
    'gen_ai.operation.name': 'embeddings',
    'gen_ai.provider.name': provider,
    'gen_ai.request.model': model.name,
  };

  async function embed(texts: readonly string[], signal: AbortSignal) {
    const stop = meter.start();
    try {
      const embeddings = await model.embed(texts, signal);
      const promptTokens = embeddings.promptTokens ?? estimateAll(texts);
      meter.recordUsage({ promptTokens, completionTokens: 0 });
      stop('ok');
      return embeddings;
    } catch (error) {
      stop(statusOf(error, signal));
      throw error;
    }
  }

  const metered: EmbeddingModel = {
    name: model.name,
    dimensions: model.dimensions,
    embed: (texts, signal) =>
      traced(`embeddings ${model.name}`, attributes, () => embed(texts, signal)),
  };
  const { spending, observing } = meter;
  const guarded = guardEmbeddingModel(metered, { provider, spending });
  return observing ? observeEmbeddingModel(guarded, { provider, observing }) : guarded;
}
