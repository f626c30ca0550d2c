import type { Clock } from '#platform/clock/clock';
import { notFound } from '#platform/errors/app-error';
import type { Actor } from '#shared/actor';
import { newId, type ProjectId, type TeamId } from '#shared/ids';
import type { Page } from '#shared/page';
import { assertCanWriteProjects } from './projects.policy.ts';
import type {
  ProjectChanges,
  ProjectListing,
  ProjectMetadata,
  ProjectRecord,
  ProjectSlice,
  ProjectsRepository,
} from './projects.repository.ts';

export type ProjectService = ReturnType<typeof createProjectService>;

export type CreateProjectInput = {
  readonly name: string;
  readonly description: string | null;
  readonly metadata?: ProjectMetadata | undefined;
};

/** Removes in bounded steps what a purged project holds elsewhere, before its row goes. */
export type ProjectEraser = (project: {
  readonly id: ProjectId;
  readonly teamId: TeamId;
}) => Promise<void>;

export type ProjectServiceDependencies = {
  readonly projectsOf: (teamId: TeamId) => ProjectsRepository;
  readonly allProjects: () => ProjectsRepository;
  readonly clock: Clock;
  readonly trashRetentionDays: number;
};

const DAY_MS = 86_400_000;
const PURGE_BATCH = 20;

export function createProjectService(dependencies: ProjectServiceDependencies) {
  const { projectsOf, allProjects, clock, trashRetentionDays } = dependencies;
  const erasers: ProjectEraser[] = [];

  return {
    /** @throws FORBIDDEN for a viewer. */
    async create(actor: Actor, input: CreateProjectInput): Promise<ProjectRecord> {
      assertCanWriteProjects(actor);
      const project = {
        ...input,
        metadata: input.metadata ?? {},
        id: newId<ProjectId>(),
        teamId: actor.teamId,
        ownerId: actor.userId,
      };
      return projectsOf(actor.teamId).insert(project);
    },

    async list(actor: Actor, listing: ProjectListing): Promise<Page<ProjectRecord>> {
      return projectsOf(actor.teamId).list(actor.teamId, listing);
    },

    async slice(actor: Actor, slice: ProjectSlice): Promise<readonly ProjectRecord[]> {
      return projectsOf(actor.teamId).slice(slice);
    },

    /** @throws NOT_FOUND for a project that is not there, deleted, or another team's. */
    async get(actor: Actor, { id }: { id: ProjectId }): Promise<ProjectRecord> {
      const project = await projectsOf(actor.teamId).find(id);
      return project ?? raiseNotFound(id);
    },

    /** @throws FORBIDDEN, NOT_FOUND */
    async update(
      actor: Actor,
      { id, ...changes }: { id: ProjectId } & ProjectChanges,
    ): Promise<ProjectRecord> {
      assertCanWriteProjects(actor);
      const project = await projectsOf(actor.teamId).update(id, changes);
      return project ?? raiseNotFound(id);
    },

    /** Moves the project to the trash, from where it can be restored until the purge. @throws FORBIDDEN, NOT_FOUND */
    async remove(actor: Actor, { id }: { id: ProjectId }): Promise<void> {
      assertCanWriteProjects(actor);
      const isRemoved = await projectsOf(actor.teamId).markDeleted(id);
      if (!isRemoved) raiseNotFound(id);
    },

    /** @throws FORBIDDEN, NOT_FOUND for one that is not in the trash. */
    async restore(actor: Actor, { id }: { id: ProjectId }): Promise<ProjectRecord> {
      assertCanWriteProjects(actor);
      const project = await projectsOf(actor.teamId).restore(id);
      return project ?? raiseNotFound(id);
    },

    /** Registers what must go with a project; each module that hangs data on projects does so. */
    onPurge(eraser: ProjectEraser): void {
      erasers.push(eraser);
    },

    /** Deletes for good what has been in the trash longer than the retention. */
    async purgeExpired(): Promise<number> {
      const deletedBefore = new Date(clock.now().getTime() - trashRetentionDays * DAY_MS);
      const expired = await allProjects().listExpired(deletedBefore, PURGE_BATCH);
      for (const project of expired) {
        for (const erase of erasers) await erase(project);
        await projectsOf(project.teamId).purge(project.id);
      }
      return expired.length;
    },
  };
}

function raiseNotFound(id: ProjectId): never {
  throw notFound('project', id);
}
