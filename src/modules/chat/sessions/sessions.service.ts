import type { ChatModel } from '#modules/ai';
import { teamScope, type UnitOfWork } from '#platform/db/database';
import { AppError, notFound } from '#platform/errors/app-error';
import type { Actor } from '#shared/actor';
import { newId, type ProjectId, type SessionId, type TeamId } from '#shared/ids';
import type { Page } from '#shared/page';
import type { RunsRepository } from '../runs/runs.repository.ts';
import { assertCanChat } from './sessions.policy.ts';
import type {
  SessionChanges,
  SessionListing,
  SessionRecord,
  SessionsRepository,
} from './sessions.repository.ts';

export type SessionService = ReturnType<typeof createSessionService>;

/** Throws NOT_FOUND for a project that the actor's team does not have. */
export type ProjectReader = {
  get(actor: Actor, input: { readonly id: ProjectId }): Promise<unknown>;
};

/** Throws for a model that is not on offer to the team; without a name it gives the default one. */
export type ModelPicker = (teamId: TeamId, name: string | undefined) => Promise<ChatModel>;

export type SessionServiceDependencies = {
  readonly sessionsOf: (teamId: TeamId) => SessionsRepository;
  readonly unitOfWork: UnitOfWork<{ sessions: SessionsRepository; runs: RunsRepository }>;
  readonly projects: ProjectReader;
  readonly pickModel: ModelPicker;
};

export type CreateSessionInput = {
  readonly name: string | null;
  readonly projectId: ProjectId | null;
  readonly model: string | null;
};

/** Sessions belong to one user in one team; to everybody else they are not there. */
export function createSessionService(dependencies: SessionServiceDependencies) {
  const { sessionsOf, unitOfWork, projects, pickModel } = dependencies;

  async function assertUsable(actor: Actor, { projectId, model }: SessionChanges): Promise<void> {
    if (model) await pickModel(actor.teamId, model);
    if (projectId) await projects.get(actor, { id: projectId });
  }

  return {
    /** @throws FORBIDDEN for a viewer, NOT_FOUND for a foreign project, VALIDATION_ERROR for an unknown model. */
    async create(actor: Actor, input: CreateSessionInput): Promise<SessionRecord> {
      assertCanChat(actor);
      await assertUsable(actor, { projectId: input.projectId, model: input.model });
      const { teamId, userId } = actor;
      const session = { ...input, id: newId<SessionId>(), teamId, userId };
      return unitOfWork.run(teamScope(teamId), ({ sessions }) => sessions.insert(session));
    },

    async list(actor: Actor, listing: SessionListing): Promise<Page<SessionRecord>> {
      return sessionsOf(actor.teamId).list(actor.userId, listing);
    },

    /** @throws NOT_FOUND */
    async get(actor: Actor, { id }: { readonly id: SessionId }): Promise<SessionRecord> {
      const session = await sessionsOf(actor.teamId).find({ id, userId: actor.userId });
      return session ?? raiseNotFound(id);
    },

    /** @throws FORBIDDEN, NOT_FOUND, VALIDATION_ERROR */
    async update(
      actor: Actor,
      { id, ...changes }: { readonly id: SessionId } & SessionChanges,
    ): Promise<SessionRecord> {
      assertCanChat(actor);
      await assertUsable(actor, changes);
      const session = await unitOfWork.run(teamScope(actor.teamId), ({ sessions }) =>
        sessions.update({ id, userId: actor.userId }, changes),
      );
      return session ?? raiseNotFound(id);
    },

    /** Deletes the session with its messages. @throws NOT_FOUND, CONFLICT while an answer is coming. */
    async remove(actor: Actor, { id }: { readonly id: SessionId }): Promise<void> {
      await unitOfWork.run(teamScope(actor.teamId), async ({ sessions, runs }) => {
        const isThere = await sessions.lock({ id, userId: actor.userId });
        if (!isThere) raiseNotFound(id);
        if (await runs.hasUnfinished(id)) throw busySession(id);
        await sessions.remove(id);
      });
    },
  };
}

export function busySession(id: SessionId): AppError {
  return new AppError('conflict', `Session "${id}" is still answering; wait or cancel`, {
    reason: 'session.busy',
    details: { resource: 'session', id },
  });
}

function raiseNotFound(id: SessionId): never {
  throw notFound('session', id);
}
