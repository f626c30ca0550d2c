import type { Clock } from '#platform/clock/clock';
import { openWhenRead } from '#shared/begin-stream';
import { watchStream, type StreamWatcher } from '#shared/watch-stream';
import type { ChatEvent, ChatModel, ChatRequest, TokenUsage } from '../chat-model.ts';
import type { PricedUsage } from '../metering/price-usage.ts';
import { createTextTokenMeter, estimatePromptTokens } from './estimate-call.ts';
import { writtenBy } from '../tokens/written-by.ts';
import { currentPayer, eventsPaidBy } from './payer-context.ts';
import type { Payer, SpendGuard, SpendReservation, SpentUsage } from './spend-guard.ts';

export type Spending = {
  readonly guard: SpendGuard;
  readonly clock: Clock;
  /** The most tokens of an answer where a request does not say. */
  readonly maxTokens: number;
  /** Millionths of the configured currency. */
  readonly costOf: (usage: PricedUsage) => number;
};

/** The same model, each of whose answers is reserved before it begins and settled when it ends. */
export function guardChatModel(model: ChatModel, spending: Spending): ChatModel {
  return {
    ...model,
    stream: (request, signal) =>
      guardedEvents({ model, spending, payer: currentPayer(), request, signal }),
  };
}

type Call = {
  readonly model: ChatModel;
  readonly spending: Spending;
  readonly payer: Payer;
  readonly request: ChatRequest;
  readonly signal: AbortSignal;
};

function guardedEvents(call: Call): AsyncIterable<ChatEvent> {
  const { model, payer, request, signal } = call;
  const events = openWhenRead(() => eventsPaidBy(payer, () => model.stream(request, signal)));
  return openWhenRead(async () => watchStream(events, createSettler(call, await reserve(call))));
}

function createSettler(call: Call, held: Held): StreamWatcher<ChatEvent> {
  let isSettled = false;
  return {
    see(event) {
      if (event.type !== 'finish') return held.take(writtenBy(event));
      // Written before it is told: an answer that was told as whole is billed.
      isSettled = true;
      return settle(call, held, event.usage);
    },
    end() {
      if (isSettled) return;
      return held.producedTokens() > 0
        ? settle(call, held, held.estimatedUsage())
        : held.reservation.release();
    },
  };
}

type Held = {
  readonly reservation: SpendReservation;
  readonly startedMs: number;
  /** Counts a piece of the answer; where it passes what is held, more is asked for, which is to be waited for. */
  take(text: string): Promise<void> | undefined;
  producedTokens(): number;
  estimatedUsage(): TokenUsage;
};

async function reserve({ model, spending, payer, request }: Call): Promise<Held> {
  const { guard, clock, costOf } = spending;
  const { provider, name } = model;
  const promptTokens = estimatePromptTokens(request);
  const maxTokens = request.maxTokens ?? spending.maxTokens;
  const estimateOf = (usage: { promptTokens: number; completionTokens: number }) => ({
    tokens: usage.promptTokens + usage.completionTokens,
    costMicros: costOf(usage),
  });
  const estimate = estimateOf({ promptTokens, completionTokens: maxTokens });
  const reservation = await guard.reserve({
    payer,
    provider,
    model: name,
    isStream: true,
    estimate,
  });
  const answer = createTextTokenMeter();
  let heldTokens = maxTokens;

  async function holdMore(): Promise<void> {
    while (answer.isOver(heldTokens)) {
      await reservation.extend(estimateOf({ promptTokens: 0, completionTokens: maxTokens }));
      heldTokens += maxTokens;
    }
  }

  return {
    reservation,
    startedMs: clock.now().getTime(),
    take(text) {
      answer.add(text);
      return answer.isOver(heldTokens) ? holdMore() : undefined;
    },
    producedTokens: () => answer.tokens(),
    estimatedUsage: () => ({
      promptTokens,
      completionTokens: answer.tokens(),
      isEstimated: true,
    }),
  };
}

/** Where a run pays, its usage is written with its message. */
async function settle(
  { spending, payer }: Call,
  { reservation, startedMs }: Held,
  usage: TokenUsage,
): Promise<void> {
  if (payer.runId) return reservation.leave();
  return reservation.settle(spentUsage(usage, spending, startedMs));
}

export function spentUsage(
  usage: TokenUsage,
  { costOf, clock }: Spending,
  startedMs: number,
): SpentUsage {
  return {
    promptTokens: usage.promptTokens,
    completionTokens: usage.completionTokens,
    cachedTokens: usage.cachedTokens ?? 0,
    reasoningTokens: usage.reasoningTokens ?? 0,
    isEstimated: usage.isEstimated,
    costMicros: costOf(usage),
    latencyMs: clock.now().getTime() - startedMs,
  };
}
