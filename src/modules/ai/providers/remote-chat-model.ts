import { isAppError } from '#platform/errors/app-error';
import { beginStream, type BegunStream } from '#shared/begin-stream';
import type { ChatEvent, ChatModel, ChatRequest } from '../chat-model.ts';
import { countUsage } from '../tokens/count-usage.ts';
import { withinAbilities, type Ability } from './abilities.ts';
import type { AnswerPart } from './answer-part.ts';
import { createAttemptPolicy, waitForRetry } from './attempts.ts';
import type { CallDependencies } from './call-settings.ts';
import { createDeadline, type Deadline } from './deadline.ts';
import { describeEndpointFailure, type ReadClientError } from './endpoint-failure.ts';
import type { ProviderName } from './model-provider.ts';
import { streamAnswer } from './stream-answer.ts';

/** How one kind of endpoint is spoken to; everything around a call is the same for all. */
export interface ChatProtocol {
  /** Resolves with what the answer says, piece by piece, once the endpoint has answered. */
  open(request: ChatRequest, signal: AbortSignal): Promise<AsyncIterable<AnswerPart>>;
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
      deadline,
      silenceMs,
      describeFailure(error, { hasBegun }) {
        deadline.throwIfOver();
        return describeEndpointFailure(error, { hasBegun, readClientError });
      },
      countUsage: (written) => countUsage(request, written),
    });
  }

  /** Another attempt after the first word would repeat what the reader has already got. */
  async function begin(request: ChatRequest, signal: AbortSignal): Promise<BegunStream<ChatEvent>> {
    signal.throwIfAborted();
    const deadline = createDeadline(signal, { limitMs, clock });
    for (let number = 1; ; number += 1) {
      const rest = attempt(request, deadline);
      try {
        return { first: await rest.next(), rest };
      } catch (failure) {
        deadline.throwIfOver();
        if (!isAppError(failure)) throw failure;
        await waitForRetry({ failure, attempt: number, deadline }, policy);
      }
    }
  }

  const stream: ChatModel['stream'] = (request, signal) =>
    beginStream(() => begin(request, signal));
  return withinAbilities({ name, provider, stream }, abilities);
}
