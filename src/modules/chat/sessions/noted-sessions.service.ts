import { AppError, notFound } from '#platform/errors/app-error';
import type { Actor } from '#shared/actor';
import { newId, type ProjectId, type SessionId, type TeamId } from '#shared/ids';
import type {
  NotedSession,
  NotedSessionsRepository,
  Notes,
  SessionOrder,
  SessionRange,
  SessionSearch,
} from './noted-sessions.repository.ts';
import { assertCanChat } from './sessions.policy.ts';
import type { ProjectReader } from './sessions.service.ts';

export type { NotedSession, SessionOrder, SessionSearch } from './noted-sessions.repository.ts';
export type NotedSessionService = ReturnType<typeof createNotedSessionService>;

export type NotedSessionServiceDependencies = {
  readonly notedSessionsOf: (teamId: TeamId) => NotedSessionsRepository;
  readonly allNotedSessions: () => Pick<NotedSessionsRepository, 'removeOutlived'>;
  readonly projects: ProjectReader;
};

export type CreateNotedSessionInput = {
  readonly projectId?: ProjectId | undefined;
  /** The program's own name for it, which finds it again as its id does. */
  readonly externalId?: string | undefined;
  readonly metadata: Notes;
  /** How long it is kept after its last change; for ever without it. */
  readonly ttlMinutes?: number | undefined;
};

const PURGE_BATCH = 500;

/** Sessions as programs keep them: with notes to find them by, and a name of their own. */
export function createNotedSessionService(dependencies: NotedSessionServiceDependencies) {
  const { notedSessionsOf, allNotedSessions, projects } = dependencies;

  /** @throws NOT_FOUND */
  async function get({ teamId, userId }: Actor, { id }: { id: string }): Promise<NotedSession> {
    const session = await notedSessionsOf(teamId).find(userId, id);
    if (!session) throw notFound('session', id);
    return session;
  }

  return {
    get,

    /** @throws FORBIDDEN for a viewer, NOT_FOUND for a foreign project, DUPLICATE where the name is taken */
    async create(actor: Actor, input: CreateNotedSessionInput): Promise<NotedSession> {
      assertCanChat(actor);
      const { projectId = null, externalId = null, metadata, ttlMinutes = null } = input;
      if (projectId) await projects.get(actor, { id: projectId });
      const { teamId, userId } = actor;
      const id = newId<SessionId>();
      const session = { id, teamId, userId, projectId, externalId, metadata, ttlMinutes };
      if (!(await notedSessionsOf(teamId).insert(session))) throw nameTaken(externalId ?? id);
      return get(actor, { id });
    },

    search: (
      { teamId, userId }: Actor,
      search: SessionSearch & { readonly order: SessionOrder } & SessionRange,
    ) => notedSessionsOf(teamId).search(userId, search),

    count: ({ teamId, userId }: Actor, search: SessionSearch) =>
      notedSessionsOf(teamId).count(userId, search),

    /** Adds notes; one of the same name is replaced. @throws FORBIDDEN, NOT_FOUND */
    async note(
      actor: Actor,
      { id, metadata }: { readonly id: string; readonly metadata: Notes },
    ): Promise<NotedSession> {
      assertCanChat(actor);
      const session = await get(actor, { id });
      await notedSessionsOf(actor.teamId).note(session.id, metadata);
      return get(actor, { id });
    },

    /** Removes the sessions that are kept for a time only, once it is over. */
    async purge(): Promise<void> {
      const purge = () => allNotedSessions().removeOutlived(PURGE_BATCH);
      while ((await purge()).length === PURGE_BATCH);
    },
  };
}

function nameTaken(id: string): AppError {
  return new AppError('duplicate', `There is a session "${id}" already`, {
    reason: 'session.exists',
  });
}
