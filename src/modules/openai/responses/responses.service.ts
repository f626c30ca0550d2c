import { findTurnFaults, type ChatRequest, type ChatTurn } from '#modules/ai';
import type { AnswerEvent } from '#modules/chat';
import type { Clock } from '#platform/clock/clock';
import { teamScope, type UnitOfWork } from '#platform/db/database';
import { AppError, invalid, isAppError, notFound } from '#platform/errors/app-error';
import { assertAllowed } from '#platform/errors/assert-allowed';
import type { Actor } from '#shared/actor';
import {
  newId,
  type ConversationId,
  type ProjectId,
  type ResponseId,
  type TeamId,
} from '#shared/ids';
import type { ChatCompletionService } from '../chat-completions/chat-completions.service.ts';
import type { ConversationItemsRepository } from '../conversations/conversation-items.repository.ts';
import type { ConversationService } from '../conversations/conversations.service.ts';
import { readItems } from '../items/read-items.ts';
import type { ConversationItem, StoredItem } from '../items/stored-item.ts';
import { readProjectModel } from '../project-model.ts';
import type { ResponseHead } from './begin-response.ts';
import {
  createResponseWriter,
  type ResponseEvent,
  type ResponseFailure,
  type ResponseWriter,
} from './response-writer.ts';
import type { ResponsesRepository } from './responses.repository.ts';
import type { ResponseView, StoredResponse } from './stored-response.ts';

export type CreateResponseInput = {
  readonly model: string;
  readonly request: Omit<ChatRequest, 'turns'>;
  readonly input: readonly StoredItem[];
  readonly instructions: string | undefined;
  readonly previousId: ResponseId | undefined;
  /** What it follows, and is added to. */
  readonly conversationId: ConversationId | undefined;
  /** The project that is searched for the answer. */
  readonly projectId: ProjectId | undefined;
  readonly isStored: boolean;
  readonly begin: (head: ResponseHead) => ResponseView;
};

/** A response that has begun: what was wrong beforehand has been thrown. */
export type OpenedResponse = {
  /** To be read to the end; a failure of the model is thrown. */
  readonly events: AsyncIterable<ResponseEvent>;
  /** What is told of a response that cannot go on. */
  fail(failure: ResponseFailure): ResponseEvent;
  response(): ResponseView;
};

export type ResponseServiceDependencies = {
  readonly completions: Pick<ChatCompletionService, 'open'>;
  readonly conversations: Pick<ConversationService, 'readWithRoom'>;
  readonly responsesOf: (teamId: TeamId) => ResponsesRepository;
  /** A response and what it adds to its conversation are kept together. */
  readonly unitOfWork: UnitOfWork<{
    readonly responses: Pick<ResponsesRepository, 'insert'>;
    readonly items: Pick<ConversationItemsRepository, 'append'>;
  }>;
  readonly allResponses: () => Pick<ResponsesRepository, 'removeOlderThan'>;
  readonly clock: Clock;
  readonly settings: { readonly retentionDays: number };
};

export type ResponseService = ReturnType<typeof createResponseService>;

type Answering = {
  readonly writer: ResponseWriter;
  readonly answer: AsyncIterable<AnswerEvent>;
  readonly keep: (response: ResponseView) => Promise<void>;
};

/** Longer conversations than this are told anew by their clients. */
const MAX_CHAIN = 500;
const PURGE_BATCH = 500;
const MS_PER_SECOND = 1000;
const MS_PER_DAY = 86_400_000;

/** Answers that are kept, so that the next question can follow them. A response is its maker's alone. */
export function createResponseService(dependencies: ResponseServiceDependencies) {
  const { completions, conversations, responsesOf, allResponses, clock, settings } = dependencies;
  const nowSeconds = () => Math.floor(clock.now().getTime() / MS_PER_SECOND);

  async function readHistory(
    actor: Actor,
    { previousId, conversationId: id, input }: CreateResponseInput,
  ): Promise<readonly ConversationItem[]> {
    if (previousId && id) throw followsTwo();
    if (id) return conversations.readWithRoom(actor, { id, room: input.length });
    return previousId ? readChain(actor, previousId) : [];
  }

  async function readChain({ teamId, userId }: Actor, id: ResponseId) {
    const limit = MAX_CHAIN;
    const chain = await responsesOf(teamId).listChain(id, { userId, limit });
    const [oldest] = chain;
    if (!oldest) throw unknownPrevious(id);
    if (oldest.previousId) throw unknownPrevious(oldest.previousId);
    return chain.flatMap(({ input, body }) => [...input, ...body.output]);
  }

  function keepFor({ teamId, userId }: Actor, input: CreateResponseInput, id: ResponseId) {
    const { isStored, conversationId, input: items } = input;
    const previousId = input.previousId ?? null;
    return async (body: ResponseView): Promise<void> => {
      const isAdded = conversationId && body.status !== 'failed';
      if (!isStored && !isAdded) return;
      await dependencies.unitOfWork.run(teamScope(teamId), async (kept) => {
        const response = { id, teamId, userId, previousId, input: items, body };
        if (isStored) await kept.responses.insert(response);
        if (isAdded)
          await kept.items.append({ conversationId, userId }, [...items, ...body.output]);
      });
    };
  }

  async function get({ teamId, userId }: Actor, id: ResponseId): Promise<StoredResponse> {
    const found = await responsesOf(teamId).find(id, userId);
    if (!found) throw notFound('response', `resp_${id}`);
    return found;
  }

  return {
    /**
     * Begins a response, with the conversation before it.
     * @throws FORBIDDEN, NOT_FOUND, VALIDATION_ERROR, QUOTA_EXCEEDED, RATE_LIMITED, and what the model failed with
     */
    async open(
      actor: Actor,
      input: CreateResponseInput,
      signal: AbortSignal,
    ): Promise<OpenedResponse> {
      assertAllowed(actor, 'chat.write');
      if (input.projectId && readProjectModel(input.model)) throw searchedTwice();
      const history = await readHistory(actor, input);
      const turns = joinTurns(input.instructions, readItems([...history, ...input.input]));
      const { model, projectId } = input;
      const request = { ...input.request, turns };
      const opened = await completions.open(actor, { model, projectId, request }, signal);
      const id = newId<ResponseId>();
      const head = { id, createdSeconds: nowSeconds(), model: opened.model };
      const query = projectId && turns.findLast(({ role }) => role === 'user')?.content;
      const writer = createResponseWriter(input.begin(head), {
        query,
        completedSeconds: nowSeconds,
      });
      const answering = { writer, answer: opened.events, keep: keepFor(actor, input, id) };
      return { events: tell(answering), fail: writer.fail, response: writer.response };
    },

    /** @throws NOT_FOUND */
    get: (actor: Actor, { id }: { readonly id: ResponseId }) => get(actor, id),

    /** @throws FORBIDDEN, NOT_FOUND */
    async remove(actor: Actor, { id }: { readonly id: ResponseId }): Promise<void> {
      assertAllowed(actor, 'chat.write');
      const { teamId, userId } = actor;
      const isRemoved = await responsesOf(teamId).remove(id, userId);
      if (!isRemoved) throw notFound('response', `resp_${id}`);
    },

    /** Removes what is past its retention. */
    async purge(): Promise<void> {
      const moment = new Date(clock.now().getTime() - settings.retentionDays * MS_PER_DAY);
      const purgeSome = () => allResponses().removeOlderThan(moment.toISOString(), PURGE_BATCH);
      while ((await purgeSome()) === PURGE_BATCH);
    },
  };
}

/** A response is kept before its last event says that it is there. */
async function* tell({ writer, answer, keep }: Answering): AsyncGenerator<ResponseEvent> {
  yield* writer.begin();
  try {
    for await (const event of answer) {
      const events = writer.write(event);
      if (event.type === 'finish') await keep(writer.response());
      yield* events;
    }
  } catch (error) {
    writer.fail(describeFailure(error));
    await keep(writer.response());
    throw error;
  }
}

/** What may be told of an error. */
function describeFailure(error: unknown): ResponseFailure {
  if (!isAppError(error)) return { code: 'server_error', message: 'The service failed' };
  const isLimited = error.kind === 'rate_limited' || error.kind === 'quota_exceeded';
  return { code: isLimited ? 'rate_limit_exceeded' : 'server_error', message: error.message };
}

function joinTurns(
  instructions: string | undefined,
  turns: readonly ChatTurn[],
): readonly ChatTurn[] {
  const faults = findTurnFaults(turns).map(({ message }) => ({ field: 'input', message }));
  if (faults.length > 0) throw invalid(faults);
  return instructions ? [{ role: 'system', content: instructions }, ...turns] : turns;
}

function searchedTwice(): AppError {
  const message = 'A project searches its own documents: leave file_search out';
  return invalid([{ field: 'tools', message }]);
}

function followsTwo(): AppError {
  const message = 'Cannot be given together with previous_response_id';
  return invalid([{ field: 'conversation', message }]);
}

function unknownPrevious(id: ResponseId): AppError {
  const message = `There is no response "resp_${id}" to follow`;
  const errors = [{ field: 'previous_response_id', message }];
  return new AppError('bad_request', message, { reason: 'previous_response.not_found', errors });
}
