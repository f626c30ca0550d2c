import type { EmbeddingModel } from '../embedding-model.ts';
import { estimateAll } from '../tokens/estimate-tokens.ts';
import { spentUsage, type Spending } from './guard-chat-model.ts';
import { currentPayer } from './payer-context.ts';

/** The same embedder, each of whose calls is reserved before it and settled after it. */
export function guardEmbeddingModel(
  model: EmbeddingModel,
  { provider, spending }: { readonly provider: string; readonly spending: Spending },
): EmbeddingModel {
  const { guard, clock, costOf } = spending;
  return {
    ...model,
    async embed(texts, signal) {
      const payer = currentPayer();
      const promptTokens = estimateAll(texts);
      const usage = { promptTokens, completionTokens: 0, isEstimated: true };
      const estimate = { tokens: promptTokens, costMicros: costOf(usage) };
      const startedMs = clock.now().getTime();
      const reservation = await guard.reserve({
        payer,
        provider,
        model: model.name,
        isStream: false,
        estimate,
      });
      try {
        const embeddings = await model.embed(texts, signal);
        const told = embeddings.promptTokens;
        const used =
          told === undefined ? usage : { ...usage, promptTokens: told, isEstimated: false };
        await reservation.settle(spentUsage(used, spending, startedMs));
        return embeddings;
      } catch (error) {
        await reservation.release();
        throw error;
      }
    },
  };
}
