import type { NotedSessionService } from '#modules/chat';
import { AppError, notFound } from '#platform/errors/app-error';
import type { Actor } from '#shared/actor';
import type { PendingApprovals } from './pending-approvals.service.ts';
import { emptyState, presentStates, withPending, type StateView } from './present-state.ts';
import type { ThreadMessages } from './thread-messages.service.ts';

export type StateService = ReturnType<typeof createStateService>;

export type StateServiceDependencies = {
  readonly notedSessions: Pick<NotedSessionService, 'get'>;
  readonly threadMessages: Pick<ThreadMessages, 'list'>;
  readonly pendingApprovals: Pick<PendingApprovals, 'find'>;
};

type InThread = { readonly threadId: string };

export type HistoryInput = InThread & {
  readonly limit: number;
  readonly before: string | undefined;
  readonly from: string | undefined;
  readonly metadata: Readonly<Record<string, unknown>>;
};

/** What a thread held after each of its messages. */
export function createStateService(dependencies: StateServiceDependencies) {
  const { notedSessions, threadMessages, pendingApprovals } = dependencies;
  async function listMessages(actor: Actor, threadId: string) {
    const { id } = await notedSessions.get(actor, { id: threadId });
    return threadMessages.list(actor, id);
  }

  return {
    /** The latest, or the one of a checkpoint. @throws NOT_FOUND */
    async get(
      actor: Actor,
      { threadId, checkpointId }: InThread & { readonly checkpointId?: string | undefined },
    ): Promise<StateView> {
      const session = await notedSessions.get(actor, { id: threadId });
      const messages = await threadMessages.list(actor, session.id);
      const last = messages.findIndex(({ id }) => id === checkpointId);
      if (checkpointId !== undefined && last < 0) throw notFound('checkpoint', checkpointId);
      const upTo = checkpointId === undefined ? messages : messages.slice(0, last + 1);
      const state = presentStates(threadId, upTo, { limit: 1 })[0] ?? emptyState(threadId);
      const pending =
        checkpointId === undefined ? await pendingApprovals.find(actor, session) : undefined;
      return pending ? withPending(state, pending) : state;
    },

    /** The latest first. @throws NOT_FOUND */
    async listHistory(
      actor: Actor,
      { threadId, limit, before, from, metadata }: HistoryInput,
    ): Promise<StateView[]> {
      const messages = await listMessages(actor, threadId);
      const last = messages.findIndex(({ id }) => id === from);
      const upTo = from === undefined ? messages : messages.slice(0, last + 1);
      const states = presentStates(threadId, upTo, { limit, before });
      return states.filter((state) => holds(state.metadata, metadata));
    },

    /** Nobody may write what was asked and answered. @throws NOT_FOUND, then VALIDATION_ERROR always */
    async update(actor: Actor, { threadId }: InThread): Promise<never> {
      await notedSessions.get(actor, { id: threadId });
      throw new AppError(
        'invalid',
        "A thread's state is what was asked and answered in it, and is changed by runs alone; " +
          'notes go to the metadata of the thread (PATCH /langgraph/threads/{thread_id})',
        { reason: 'langgraph.state_is_read_only' },
      );
    },
  };
}

function holds(
  metadata: Readonly<Record<string, unknown>>,
  wanted: Readonly<Record<string, unknown>>,
): boolean {
  return Object.entries(wanted).every(([name, value]) => metadata[name] === value);
}
