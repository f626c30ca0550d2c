import type {
  NotedSession,
  NotedSessionService,
  SessionSearch,
  SessionService,
} from '#modules/chat';
import { isAppError } from '#platform/errors/app-error';
import type { Actor } from '#shared/actor';
import type { PendingApprovals, PendingRun } from '../states/pending-approvals.service.ts';
import type { ChatMessage, ThreadMessages } from '../states/thread-messages.service.ts';

export type ThreadService = ReturnType<typeof createThreadService>;

export type ThreadServiceDependencies = {
  readonly notedSessions: NotedSessionService;
  readonly sessions: Pick<SessionService, 'remove'>;
  readonly threadMessages: Pick<ThreadMessages, 'list'>;
  readonly pendingApprovals: Pick<PendingApprovals, 'find'>;
};

/** A thread is a session of chat. */
export type Thread = {
  readonly session: NotedSession;
  /** Undefined where nobody asked for them. */
  readonly messages: readonly ChatMessage[] | undefined;
  /** What it waits for. */
  readonly pending?: PendingRun | undefined;
};

export type CreateThreadInput = {
  readonly threadId: string | undefined;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly ttlMinutes: number | undefined;
  /** What is there already is given, and nothing is made. */
  readonly isExistingGiven: boolean;
};

type SearchInput = Parameters<NotedSessionService['search']>[1] & {
  readonly isWithMessages: boolean;
};

type ThreadKey = { readonly threadId: string };

export function createThreadService(dependencies: ThreadServiceDependencies) {
  const { notedSessions, sessions, threadMessages, pendingApprovals } = dependencies;

  async function withMessages(actor: Actor, session: NotedSession): Promise<Thread> {
    const pending = await pendingApprovals.find(actor, session);
    return { session, pending, messages: await threadMessages.list(actor, session.id) };
  }

  async function find(actor: Actor, threadId: string): Promise<NotedSession | undefined> {
    return notedSessions.get(actor, { id: threadId }).catch((error: unknown) => {
      if (isAppError(error, 'not_found')) return undefined;
      throw error;
    });
  }

  return {
    /** @throws FORBIDDEN, DUPLICATE */
    async create(actor: Actor, input: CreateThreadInput): Promise<Thread> {
      const { threadId: externalId, metadata, ttlMinutes } = input;
      if (externalId && input.isExistingGiven) {
        const session = await find(actor, externalId);
        if (session) return withMessages(actor, session);
      }
      const session = await notedSessions.create(actor, { externalId, metadata, ttlMinutes });
      return { session, messages: [] };
    },

    /** @throws NOT_FOUND */
    async get(actor: Actor, { threadId }: ThreadKey): Promise<Thread> {
      return withMessages(actor, await notedSessions.get(actor, { id: threadId }));
    },

    async search(
      actor: Actor,
      { isWithMessages, ...search }: SearchInput,
    ): Promise<readonly Thread[]> {
      const found = await notedSessions.search(actor, search);
      if (!isWithMessages) return found.map((session) => ({ session, messages: undefined }));
      const threads: Thread[] = [];
      for (const session of found) threads.push(await withMessages(actor, session));
      return threads;
    },

    count: (actor: Actor, search: SessionSearch) => notedSessions.count(actor, search),

    /** Adds to the metadata. @throws FORBIDDEN, NOT_FOUND */
    async note(
      actor: Actor,
      { threadId, metadata }: ThreadKey & { readonly metadata: Readonly<Record<string, unknown>> },
    ): Promise<Thread> {
      return withMessages(actor, await notedSessions.note(actor, { id: threadId, metadata }));
    },

    /** With its runs and messages. @throws FORBIDDEN, NOT_FOUND, CONFLICT while a run has not ended */
    async remove(actor: Actor, { threadId }: ThreadKey): Promise<void> {
      const { id } = await notedSessions.get(actor, { id: threadId });
      await sessions.remove(actor, { id });
    },
  };
}
