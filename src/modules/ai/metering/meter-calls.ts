import type { Clock } from '#platform/clock/clock';
import { isAppError } from '#platform/errors/app-error';
import type { Observer } from '#platform/telemetry/observer';
import type { Metrics } from '#platform/telemetry/metrics';
import { describeSpan } from '#platform/telemetry/tracing';
import type { Observing } from '../observing/observe-chat-model.ts';
import type { Spending } from '../spending/guard-chat-model.ts';
import type { SpendGuard } from '../spending/spend-guard.ts';
import type { ModelPrice } from '../catalogue/model-price.ts';
import { priceUsage, toCurrency, type PricedUsage } from './price-usage.ts';

export type MeteredModel = {
  readonly name: string;
  readonly provider: string;
  readonly price: ModelPrice;
  /** What metrics call it; its name where it is not given. */
  readonly label?: string;
};

export type CallMeterDependencies = {
  readonly metrics: Pick<
    Metrics,
    'llmRequestsTotal' | 'llmRequestDurationSeconds' | 'llmTokensTotal' | 'llmCostTotal'
  >;
  readonly clock: Clock;
  readonly currencyPerUsd: number;
  readonly guard: SpendGuard;
  /** Is told of each call, where one is configured. */
  readonly observer?: Observer | undefined;
  /** The most tokens of an answer where a request does not say. */
  readonly maxTokens: number;
};

export type CallStatus = 'ok' | 'aborted' | 'timeout' | 'error';

export type CallMeter = ReturnType<typeof createCallMeter>;

const MS_PER_SECOND = 1000;
const MICROS_PER_UNIT = 1_000_000;

/** Counts the calls of one model, and what they used, in metrics and on the active span. */
export function createCallMeter(
  { name, provider, price, label = name }: MeteredModel,
  { metrics, clock, currencyPerUsd, guard, observer, maxTokens }: CallMeterDependencies,
) {
  const labels = { provider, model: label };
  const costOf: Spending['costOf'] = (usage) =>
    toCurrency(priceUsage(price, usage), currencyPerUsd);
  const spending: Spending = { guard, clock, maxTokens, costOf };

  const observing: Observing | undefined = observer && {
    observer,
    clock,
    costUsdMicros: (usage) => priceUsage(price, usage),
  };

  return {
    spending,
    observing,

    /** Starts the time of a call; the function it returns ends it. */
    start(): (status: CallStatus) => void {
      const startedAt = clock.now().getTime();
      return (status) => {
        const seconds = (clock.now().getTime() - startedAt) / MS_PER_SECOND;
        metrics.llmRequestsTotal.inc({ ...labels, status });
        metrics.llmRequestDurationSeconds.observe({ ...labels, status }, seconds);
        if (status !== 'ok') describeSpan({ 'error.type': status });
      };
    },

    recordUsage(usage: PricedUsage): void {
      const usdMicros = priceUsage(price, usage);
      metrics.llmTokensTotal.inc({ ...labels, direction: 'input' }, usage.promptTokens);
      metrics.llmTokensTotal.inc({ ...labels, direction: 'output' }, usage.completionTokens);
      metrics.llmCostTotal.inc(labels, toCurrency(usdMicros, currencyPerUsd) / MICROS_PER_UNIT);
      describeSpan({
        'gen_ai.usage.input_tokens': usage.promptTokens,
        'gen_ai.usage.output_tokens': usage.completionTokens,
        'groundwork.cost_usd_micros': usdMicros,
      });
    },
  };
}

export function statusOf(error: unknown, signal: AbortSignal): CallStatus {
  if (signal.aborted) return 'aborted';
  return isAppError(error, 'timeout') ? 'timeout' : 'error';
}
