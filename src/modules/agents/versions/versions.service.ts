import { teamScope, type UnitOfWork } from '#platform/db/database';
import { AppError, notFound } from '#platform/errors/app-error';
import type { Actor } from '#shared/actor';
import { newId, type ProjectId, type TeamId } from '#shared/ids';
import type { Page, PageRequest } from '#shared/page';
import { assertCanWriteAgents } from '../agents.policy.ts';
import type { ProjectReader } from '../project-reader.ts';
import type {
  Versioned,
  VersionedKind,
  VersionKey,
  VersionsRepository,
} from './versions.repository.ts';

export type VersionsServiceDependencies<Id extends string, Content> = {
  readonly kind: VersionedKind;
  readonly versionsOf: (teamId: TeamId) => VersionsRepository<Id, Content>;
  readonly unitOfWork: UnitOfWork<{ readonly versions: VersionsRepository<Id, Content> }>;
  readonly projects: ProjectReader;
  /** Refuses a content that could not be used. */
  readonly assertUsable: (actor: Actor, projectId: ProjectId, content: Content) => Promise<void>;
};

type Key<Id> = { readonly projectId: ProjectId; readonly id: Id };

export type VersionsService<Id extends string, Content> = ReturnType<
  typeof createVersionsService<Id, Content>
>;

/** What a project has by name, in versions; NOT_FOUND for another team's. */
export function createVersionsService<Id extends string, Content>(
  dependencies: VersionsServiceDependencies<Id, Content>,
) {
  const { kind, versionsOf, unitOfWork, projects, assertUsable } = dependencies;

  async function get(actor: Actor, key: VersionKey<Id>): Promise<Versioned<Id, Content>> {
    await projects.get(actor, { id: key.projectId });
    const found = await versionsOf(actor.teamId).find(key);
    return found ?? raiseNotFound(key);
  }

  function raiseNotFound(key: VersionKey<Id>): never {
    const name = 'id' in key ? key.id : key.name;
    throw notFound(kind, key.version === undefined ? name : `${name}@${key.version}`);
  }

  return {
    get,

    /** @throws NOT_FOUND, FORBIDDEN, VALIDATION_ERROR, DUPLICATE */
    async create(
      actor: Actor,
      input: {
        readonly projectId: ProjectId;
        readonly name: string;
        readonly content: Content;
      },
    ): Promise<Versioned<Id, Content>> {
      const { projectId, name, content } = input;
      await projects.get(actor, { id: projectId });
      assertCanWriteAgents(actor);
      await assertUsable(actor, projectId, content);
      const { teamId, userId: createdById } = actor;
      const row = { id: newId<Id>(), teamId, projectId, name, content, createdById };
      await unitOfWork.run(teamScope(teamId), async ({ versions }) => {
        if (!(await versions.insert(row))) throw isThere(kind, name);
      });
      return get(actor, row);
    },

    async list(
      actor: Actor,
      { projectId, ...page }: PageRequest & { readonly projectId: ProjectId },
    ): Promise<Page<Versioned<Id, Content>>> {
      await projects.get(actor, { id: projectId });
      return versionsOf(actor.teamId).list(projectId, page);
    },

    async listVersions(
      actor: Actor,
      { projectId, id, ...page }: PageRequest & Key<Id>,
    ): Promise<Page<Versioned<Id, Content>>> {
      await get(actor, { projectId, id });
      return versionsOf(actor.teamId).listVersions(id, page);
    },

    /** Makes a new version of what is given; the rest stays. @throws NOT_FOUND, FORBIDDEN, VALIDATION_ERROR */
    async update(
      actor: Actor,
      { changes, ...key }: Key<Id> & { readonly changes: Partial<Content> },
    ): Promise<Versioned<Id, Content>> {
      const { content: before } = await get(actor, key);
      assertCanWriteAgents(actor);
      const content = { ...before, ...changes };
      await assertUsable(actor, key.projectId, content);
      const { teamId, userId: createdById } = actor;
      const version = await unitOfWork.run(teamScope(teamId), ({ versions }) =>
        versions.addVersion(key.id, { teamId, content, createdById }),
      );
      return get(actor, { ...key, version });
    },

    /** Takes all versions away. @throws NOT_FOUND, FORBIDDEN */
    async remove(actor: Actor, key: Key<Id>): Promise<void> {
      await get(actor, key);
      assertCanWriteAgents(actor);
      await versionsOf(actor.teamId).remove(key.id);
    },
  };
}

function isThere(kind: VersionedKind, name: string): AppError {
  return new AppError('duplicate', `The project has a ${kind} "${name}" already`, {
    reason: `${kind}.exists`,
  });
}
