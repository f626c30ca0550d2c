import type { EmbeddingModel } from '../embedding-model.ts';
import { estimateTokens } from '../tokens/estimate-tokens.ts';
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
      const promptTokens = texts.reduce((total, text) => total + estimateTokens(text), 0);
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
        const vectors = await model.embed(texts, signal);
        await reservation.settle(spentUsage(usage, spending, startedMs));
        return vectors;
      } catch (error) {
        await reservation.release();
        throw error;
      }
    },
  };
}
