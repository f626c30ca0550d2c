import type { ChatEvent, ChatModel, ChatRequest } from '../chat-model.ts';
import { countUsage } from '../tokens/count-usage.ts';
import { withinAbilities, type Ability } from './abilities.ts';
import type { ReadFrame } from './answer-part.ts';
import { createAttemptPolicy, waitForRetry } from './attempts.ts';
import type { CallDependencies } from './call-settings.ts';
import { createDeadline, type Deadline } from './deadline.ts';
import { describeEndpointFailure, type ReadClientError } from './endpoint-failure.ts';
import type { ProviderName } from './model-provider.ts';
import { streamAnswer } from './stream-answer.ts';

/** How one kind of endpoint is spoken to; everything around a call is the same for all. */
export interface ChatProtocol {
  /** Resolves with the frames once the endpoint has answered. */
  open(request: ChatRequest, signal: AbortSignal): Promise<AsyncIterable<unknown>>;
  createFrameReader(request: ChatRequest): ReadFrame;
  readonly readClientError: ReadClientError;
}

type RemoteModel = {
  readonly name: string;
  readonly provider: ProviderName;
  readonly abilities: ReadonlySet<Ability>;
  readonly protocol: ChatProtocol;
};

/** A model behind an endpoint: with attempts, limits of time, and failures in our words. */
export function createRemoteChatModel(
  { name, provider, abilities, protocol }: RemoteModel,
  { settings, clock, policy = createAttemptPolicy(settings.attempts) }: CallDependencies,
): ChatModel {
  const { timeoutMs: limitMs, silenceMs } = settings;
  const { readClientError } = protocol;

  function attempt(request: ChatRequest, deadline: Deadline) {
    return streamAnswer({
      open: (signal) => protocol.open(request, signal),
      readFrame: protocol.createFrameReader(request),
      deadline,
      silenceMs,
      countUsage: (written) => countUsage(request, written),
    });
  }

  async function* stream(
    request: ChatRequest,
    callerSignal: AbortSignal,
  ): AsyncGenerator<ChatEvent, void, void> {
    callerSignal.throwIfAborted();
    const deadline = createDeadline(callerSignal, { limitMs, clock });
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
        const failure = describeEndpointFailure(error, { hasBegun, readClientError });
        // Another attempt would repeat what the reader has already got.
        if (hasBegun) throw failure;
        await waitForRetry({ failure, attempt: number, deadline }, policy);
      }
    }
  }

  return withinAbilities({ name, provider, stream }, abilities);
}
