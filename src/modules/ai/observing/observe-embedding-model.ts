import { nameFailure } from '#platform/errors/name-failure';
import { currentTraceId } from '#platform/telemetry/tracing';
import type { EmbeddingModel } from '../embedding-model.ts';
import { currentPayer } from '../spending/payer-context.ts';
import { estimateAll } from '../tokens/estimate-tokens.ts';
import { withCost, type Observing } from './observe-chat-model.ts';

/** The same embedder, each of whose calls is told to the observer; of the texts only how many there were. */
export function observeEmbeddingModel(
  model: EmbeddingModel,
  { provider, observing }: { readonly provider: string; readonly observing: Observing },
): EmbeddingModel {
  const { observer, clock, costUsdMicros } = observing;

  return {
    ...model,
    async embed(texts, signal) {
      const startedMs = clock.now().getTime();
      const work = { ...currentPayer(), traceId: currentTraceId() };
      const tell = (ended: { promptTokens?: number | undefined; failure?: string }) => {
        const { promptTokens = estimateAll(texts), failure } = ended;
        const isEstimated = ended.promptTokens === undefined;
        const usage = { promptTokens, completionTokens: 0, isEstimated };
        observer.observe({
          kind: 'embedding',
          name: `embeddings ${model.name}`,
          work,
          startedMs,
          endedMs: clock.now().getTime(),
          model: { name: model.name, provider },
          usage: failure === undefined ? withCost(usage, costUsdMicros) : undefined,
          metadata: { texts: texts.length },
          failure,
        });
      };
      try {
        const embeddings = await model.embed(texts, signal);
        tell(embeddings);
        return embeddings;
      } catch (error) {
        tell({ failure: signal.aborted ? 'aborted' : nameFailure(error) });
        throw error;
      }
    },
  };
}
