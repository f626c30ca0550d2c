import type { TokenUsage } from '#modules/ai';
import type { TeamId } from '#shared/ids';
import type { BilledUse } from './billed-use.ts';

/** Dollars become the configured currency here, once; the rate is kept beside every amount. */
export type CurrencySettings = { readonly currency: string; readonly currencyPerUsd: number };

type MeteredTokens = {
  readonly promptTokens: number;
  readonly completionTokens: number;
  /** Of the prompt tokens. */
  readonly cachedTokens: number;
  /** Of the completion tokens. */
  readonly reasoningTokens: number;
  readonly isUsageEstimated: boolean;
  readonly costMicros: number;
};

/** What one model used, and what that cost. */
export type MeteredCall = MeteredTokens & {
  /** Of the record that bills it. */
  readonly id: string;
  readonly model: string;
  /** Null where nobody remembers. */
  readonly provider: string | null;
};

/** What an answer used: the sum of its calls, to the millionth. */
export type MeteredUsage = MeteredTokens & {
  readonly calls: readonly MeteredCall[];
  readonly costUsdRate: number;
  readonly currency: string;
};

export type MeterUsage = (teamId: TeamId, uses: readonly BilledUse[]) => MeteredUsage;

/** What usage cost, in millionths of a US dollar. */
export type PriceUsage = (
  model: {
    readonly teamId: TeamId;
    readonly name: string;
    readonly provider?: string | undefined;
  },
  usage: TokenUsage,
) => number;

const NOTHING: MeteredTokens = {
  promptTokens: 0,
  completionTokens: 0,
  cachedTokens: 0,
  reasoningTokens: 0,
  isUsageEstimated: false,
  costMicros: 0,
};

export function createMeterUsage(
  usdMicrosOf: PriceUsage,
  { currency, currencyPerUsd }: CurrencySettings,
): MeterUsage {
  function meterCall(teamId: TeamId, { id, model, provider, usage }: BilledUse): MeteredCall {
    const used = { teamId, name: model, provider: provider ?? undefined };
    const usdMicros = usdMicrosOf(used, usage);
    return {
      id,
      model,
      provider,
      promptTokens: usage.promptTokens,
      completionTokens: usage.completionTokens,
      cachedTokens: usage.cachedTokens ?? 0,
      reasoningTokens: usage.reasoningTokens ?? 0,
      isUsageEstimated: usage.isEstimated,
      costMicros: Math.round(usdMicros * currencyPerUsd),
    };
  }

  return (teamId, uses) => {
    const calls = uses.map((use) => meterCall(teamId, use));
    return { ...calls.reduce(addTokens, NOTHING), calls, costUsdRate: currencyPerUsd, currency };
  };
}

function addTokens(sum: MeteredTokens, call: MeteredTokens): MeteredTokens {
  return {
    promptTokens: sum.promptTokens + call.promptTokens,
    completionTokens: sum.completionTokens + call.completionTokens,
    cachedTokens: sum.cachedTokens + call.cachedTokens,
    reasoningTokens: sum.reasoningTokens + call.reasoningTokens,
    isUsageEstimated: sum.isUsageEstimated || call.isUsageEstimated,
    costMicros: sum.costMicros + call.costMicros,
  };
}
