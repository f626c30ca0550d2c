import { teamScope, type UnitOfWork } from '#platform/db/database';
import { notFound } from '#platform/errors/app-error';
import type { Actor } from '#shared/actor';
import type { SessionId, TeamId } from '#shared/ids';
import type { Page } from '#shared/page';
import type { CheckpointsRepository } from '../agent/checkpoints.repository.ts';
import type { RunsRepository } from '../runs/runs.repository.ts';
import type { SessionsRepository } from '../sessions/sessions.repository.ts';
import { busySession, type SessionService } from '../sessions/sessions.service.ts';
import type { MessageListing, MessagesRepository, ReadMessage } from './messages.repository.ts';

export type MessageService = ReturnType<typeof createMessageService>;

export type MessageServiceDependencies = {
  readonly sessions: Pick<SessionService, 'get'>;
  readonly messagesOf: (teamId: TeamId) => MessagesRepository;
  readonly unitOfWork: UnitOfWork<{
    sessions: SessionsRepository;
    messages: MessagesRepository;
    runs: RunsRepository;
    checkpoints: CheckpointsRepository;
  }>;
};

type InSession = { readonly sessionId: SessionId };

export function createMessageService({
  sessions,
  messagesOf,
  unitOfWork,
}: MessageServiceDependencies) {
  return {
    /** @throws NOT_FOUND */
    async list(
      actor: Actor,
      { sessionId, ...listing }: InSession & MessageListing,
    ): Promise<Page<ReadMessage>> {
      await sessions.get(actor, { id: sessionId });
      return messagesOf(actor.teamId).list({ id: sessionId, userId: actor.userId }, listing);
    },

    /** Deletes a session's messages and what the agent remembers of them. @throws NOT_FOUND, CONFLICT */
    async clear(actor: Actor, { sessionId }: InSession): Promise<void> {
      await unitOfWork.run(teamScope(actor.teamId), async (repositories) => {
        const isThere = await repositories.sessions.lock({ id: sessionId, userId: actor.userId });
        if (!isThere) throw notFound('session', sessionId);
        if (await repositories.runs.hasUnfinished(sessionId)) throw busySession(sessionId);
        await repositories.messages.deleteAll(sessionId);
        await repositories.checkpoints.deleteThread(sessionId);
      });
    },
  };
}
