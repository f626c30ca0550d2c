import type { ChatCompletionCreateParamsStreaming } from 'openai/resources/chat/completions';
import type { Clock } from '#platform/clock/clock';
import type { ChatEvent, ChatModel, ChatRequest } from '../../chat-model.ts';
import { countUsage } from '../../tokens/count-usage.ts';
import { createAttemptPolicy, waitForRetry, type AttemptPolicy } from './attempts.ts';
import { createDeadline, type Deadline } from './deadline.ts';
import { describeEndpointFailure } from './endpoint-failure.ts';
import { createClientLoader, type OpenAiEndpoint } from './openai-endpoint.ts';
import { streamAnswer } from './stream-answer.ts';
import { toWireMessage } from './to-wire-message.ts';

export type OpenAiChatSettings = OpenAiEndpoint & {
  readonly model: string;
  readonly temperature: number;
  readonly maxTokens: number;
  /** How long the endpoint may pause within an answer. */
  readonly silenceMs: number;
};

type Dependencies = { readonly clock: Clock; readonly policy?: AttemptPolicy };

// These reason before they answer: they name the limit of tokens anew and take no temperature.
const REASONING_MODEL = /^(o\d|gpt-5)/;

/** A model behind any endpoint that speaks the OpenAI protocol. */
export function createOpenAiChatModel(
  settings: OpenAiChatSettings,
  { clock, policy = createAttemptPolicy(settings.attempts) }: Dependencies,
): ChatModel {
  const { timeoutMs, silenceMs } = settings;
  const loadClient = createClientLoader(settings);

  async function* attempt(request: ChatRequest, deadline: Deadline) {
    yield* streamAnswer({
      client: await loadClient(),
      parameters: toParameters(settings, request),
      deadline,
      silenceMs,
      countUsage: (answer) => countUsage(request, answer),
    });
  }

  return {
    name: settings.model,
    provider: 'openai',

    async *stream(request, callerSignal): AsyncGenerator<ChatEvent, void, void> {
      callerSignal.throwIfAborted();
      const deadline = createDeadline(callerSignal, { limitMs: timeoutMs, clock });
      let hasBegun = false;

      for (let number = 1; ; number += 1) {
        try {
          for await (const event of attempt(request, deadline)) {
            hasBegun = true;
            yield event;
          }
          return;
        } catch (error) {
          deadline.throwIfOver();
          const failure = describeEndpointFailure(error, { hasBegun });
          // Another attempt would repeat what the reader has already got.
          if (hasBegun) throw failure;
          await waitForRetry({ failure, attempt: number, deadline }, policy);
        }
      }
    },
  };
}

function toParameters(
  { model, ...defaults }: OpenAiChatSettings,
  { turns, temperature = defaults.temperature, maxTokens = defaults.maxTokens }: ChatRequest,
): ChatCompletionCreateParamsStreaming {
  return {
    model,
    messages: turns.map(toWireMessage),
    stream: true,
    stream_options: { include_usage: true },
    ...(REASONING_MODEL.test(model)
      ? { max_completion_tokens: maxTokens }
      : { max_tokens: maxTokens, temperature }),
  };
}
