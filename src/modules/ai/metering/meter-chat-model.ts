import { describeSpan } from '#platform/telemetry/tracing';
import { watchStream } from '#shared/watch-stream';
import type { ChatEvent, ChatModel, ChatRequest } from '../chat-model.ts';
import { observeChatModel } from '../observing/observe-chat-model.ts';
import { estimateUsage } from '../spending/estimate-call.ts';
import { guardChatModel } from '../spending/guard-chat-model.ts';
import { writtenBy } from '../tokens/written-by.ts';
import { statusOf, type CallMeter, type CallStatus } from './meter-calls.ts';
import { tracedStream } from './traced-stream.ts';

/** The same model, with a span and metrics around each answer, and none without room for what it may cost. */
export function meterChatModel(model: ChatModel, meter: CallMeter): ChatModel {
  const metered: ChatModel = {
    name: model.name,
    provider: model.provider,
    stream: (request, signal) =>
      tracedStream(`chat ${model.name}`, attributesOf(model, request), () =>
        meteredEvents(model.stream(request, signal), { request, signal, meter }),
      ),
  };
  const guarded = guardChatModel(metered, meter.spending);
  return meter.observing ? observeChatModel(guarded, meter.observing) : guarded;
}

type Call = {
  readonly request: ChatRequest;
  readonly signal: AbortSignal;
  readonly meter: CallMeter;
};

function meteredEvents(
  events: AsyncIterable<ChatEvent>,
  { request, signal, meter }: Call,
): AsyncIterable<ChatEvent> {
  const stop = meter.start();
  // A reader that stops reading leaves it at that.
  let status: CallStatus = 'aborted';
  let written = '';
  return watchStream(events, {
    see(event) {
      written += writtenBy(event);
      if (event.type !== 'finish') return;
      status = 'ok';
      meter.recordUsage(event.usage);
      describeSpan({ 'gen_ai.response.finish_reasons': event.reason });
    },
    end(ending) {
      const isFinished = status === 'ok';
      // What broke off after it began is charged all the same.
      if (!isFinished && written !== '') meter.recordUsage(estimateUsage(request, written));
      if (ending.kind === 'broken') status = statusOf(ending.failure, signal);
      stop(status);
    },
  });
}

function attributesOf({ name, provider }: ChatModel, { temperature, maxTokens }: ChatRequest) {
  return {
    'gen_ai.operation.name': 'chat',
    'gen_ai.provider.name': provider,
    'gen_ai.request.model': name,
    'gen_ai.request.temperature': temperature,
    'gen_ai.request.max_tokens': maxTokens,
  };
}
