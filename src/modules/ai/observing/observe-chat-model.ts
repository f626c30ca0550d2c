import type { Clock } from '#platform/clock/clock';
import { nameFailure } from '#platform/errors/name-failure';
import type { ObservedUsage, ObservedWork, Observer } from '#platform/telemetry/observer';
import { currentTraceId } from '#platform/telemetry/tracing';
import { openWhenRead } from '#shared/begin-stream';
import { watchStream } from '#shared/watch-stream';
import type { ChatEvent, ChatModel, ChatRequest, TokenUsage } from '../chat-model.ts';
import type { PricedUsage } from '../metering/price-usage.ts';
import { estimateUsage } from '../spending/estimate-call.ts';
import { currentPayer } from '../spending/payer-context.ts';
import { createOutputCollector, describeInput } from './describe-content.ts';

export type Observing = {
  readonly observer: Observer;
  readonly clock: Clock;
  readonly costUsdMicros: (usage: PricedUsage) => number;
};

/** The same model, each of whose answers is told to the observer when it has ended. */
export function observeChatModel(model: ChatModel, observing: Observing): ChatModel {
  return {
    ...model,
    stream(request, signal) {
      const work = { ...currentPayer(), traceId: currentTraceId() };
      return openWhenRead(() => observedEvents({ model, observing, work, request, signal }));
    },
  };
}

type Call = {
  readonly model: ChatModel;
  readonly observing: Observing;
  readonly work: ObservedWork;
  readonly request: ChatRequest;
  readonly signal: AbortSignal;
};

function observedEvents(call: Call): AsyncIterable<ChatEvent> {
  const { model, observing, request, signal } = call;
  const startedMs = observing.clock.now().getTime();
  const output = createOutputCollector(observing.clock);
  // A reader that stops reading leaves it at that.
  let failure: string | undefined = 'aborted';
  return watchStream(model.stream(request, signal), {
    see(event) {
      output.add(event);
      if (event.type === 'finish') failure = undefined;
    },
    end(ending) {
      if (ending.kind === 'broken' && !signal.aborted) failure = nameFailure(ending.failure);
      tell(call, { startedMs, output, failure });
    },
  });
}

type Ended = {
  readonly startedMs: number;
  readonly output: ReturnType<typeof createOutputCollector>;
  readonly failure: string | undefined;
};

function tell({ model, observing, work, request }: Call, { startedMs, output, failure }: Ended) {
  const { observer, clock, costUsdMicros } = observing;
  const usage = output.usage() ?? usageOfBroken(request, output.text());
  observer.observe({
    kind: 'generation',
    name: `chat ${model.name}`,
    work,
    startedMs,
    endedMs: clock.now().getTime(),
    firstOutputMs: output.firstMs(),
    input: describeInput(request),
    output: output.content(),
    model: { name: model.name, provider: model.provider, parameters: parametersOf(request) },
    usage: usage && withCost(usage, costUsdMicros),
    metadata: { finish_reason: output.finishReason() },
    failure,
  });
}

/** What broke off after it began is charged, and told, as an estimate; before that nothing was used. */
function usageOfBroken(request: ChatRequest, text: string): TokenUsage | undefined {
  return text === '' ? undefined : estimateUsage(request, text);
}

export function withCost(
  usage: TokenUsage,
  costUsdMicros: Observing['costUsdMicros'],
): ObservedUsage {
  return { ...usage, costUsdMicros: costUsdMicros(usage) };
}

function parametersOf({ temperature, topP, maxTokens, seed, reasoningEffort }: ChatRequest) {
  return {
    temperature,
    top_p: topP,
    max_tokens: maxTokens,
    seed,
    reasoning_effort: reasoningEffort,
  };
}
