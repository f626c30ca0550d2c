import type { AiService, ChatRequest } from '#modules/ai';
import type { AnswerEvent, AnswerService } from '#modules/chat';
import { isAppError } from '#platform/errors/app-error';
import { assertAllowed } from '#platform/errors/assert-allowed';
import type { Actor } from '#shared/actor';
import { beginStream } from '#shared/begin-stream';
import type { ProjectId } from '#shared/ids';
import { unknownModel } from '../models/models.service.ts';
import { PROJECT_PROVIDER, readProjectModel } from '../project-model.ts';

export type CompletionInput = {
  readonly model: string;
  /** Searched for the answer, whichever model gives it. */
  readonly projectId?: ProjectId | undefined;
  readonly request: ChatRequest;
};

/** An answer that has begun: what was wrong beforehand has been thrown. */
export type OpenedCompletion = {
  readonly model: string;
  readonly provider: string;
  readonly events: AsyncIterable<AnswerEvent>;
};

export type ChatCompletionServiceDependencies = {
  readonly ai: Pick<AiService, 'getChatModel'>;
  readonly answers: Pick<AnswerService, 'open'>;
};

export type ChatCompletionService = ReturnType<typeof createChatCompletionService>;

export function createChatCompletionService({ ai, answers }: ChatCompletionServiceDependencies) {
  async function ask(
    actor: Actor,
    { model, projectId: searched, request }: CompletionInput,
    signal: AbortSignal,
  ) {
    const asProject = readProjectModel(model);
    const projectId = asProject ?? searched;
    if (projectId) {
      const asked = { projectId, request, ...(!asProject && { model }) };
      const events = await answers.open(actor, asked, signal);
      return { model, provider: PROJECT_PROVIDER, events };
    }
    assertAllowed(actor, 'chat.write');
    const chatModel = await ai.getChatModel(actor.teamId, model);
    const { name, provider } = chatModel;
    return { model: name, provider, events: chatModel.stream(request, signal) };
  }

  return {
    /**
     * Begins an answer and waits for its first event, so that a model that fails before is told by a status.
     * @throws FORBIDDEN, NOT_FOUND, VALIDATION_ERROR, QUOTA_EXCEEDED, RATE_LIMITED, and what the model failed with
     */
    async open(
      actor: Actor,
      input: CompletionInput,
      signal: AbortSignal,
    ): Promise<OpenedCompletion> {
      try {
        const asked = await ask(actor, input, signal);
        return { ...asked, events: await startReading(asked.events) };
      } catch (error) {
        throw isOfModel(error, input) ? unknownModel(input.model) : error;
      }
    },
  };
}

function isOfModel(error: unknown, { model }: CompletionInput): boolean {
  if (isAppError(error, 'not_found')) return readProjectModel(model) !== undefined;
  return isAppError(error, 'invalid') && error.options.reason === 'model.unknown';
}

/** The same events, of which the first has come. */
async function startReading<Event>(events: AsyncIterable<Event>): Promise<AsyncIterable<Event>> {
  const reader = events[Symbol.asyncIterator]();
  const begun = { first: await reader.next(), rest: reader };
  return beginStream(async () => begun);
}
