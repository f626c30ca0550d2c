import { estimateTokens } from '../tokens/estimate-tokens.ts';
import type { UsedModel } from '../catalogue/find-price.ts';
import type { ChatModel } from '../chat-model.ts';
import type { PricedUsage } from '../metering/price-usage.ts';
import type { Spending } from './guard-chat-model.ts';
import type { Payer } from './spend-guard.ts';

/** Refuses a question that its payer has no room for, before anything is begun for it. */
export type AssertAffordable = (
  payer: Payer,
  question: {
    readonly model: Pick<ChatModel, 'name' | 'provider'>;
    readonly text: string;
    /** The most that the answer may have; that of the service where it is not said. */
    readonly maxTokens?: number | undefined;
  },
) => Promise<void>;

export function createAssertAffordable({
  guard,
  maxTokens,
  costOf,
}: Pick<Spending, 'guard' | 'maxTokens'> & {
  readonly costOf: (model: UsedModel, usage: PricedUsage) => number;
}): AssertAffordable {
  return async (payer, { model, text, maxTokens: completionTokens = maxTokens }) => {
    const usage = { promptTokens: estimateTokens(text), completionTokens };
    await guard.assertRoom({
      payer,
      provider: model.provider,
      model: model.name,
      isStream: true,
      estimate: {
        tokens: usage.promptTokens + usage.completionTokens,
        costMicros: costOf({ ...model, teamId: payer.teamId }, usage),
      },
    });
  };
}
