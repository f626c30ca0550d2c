import type { DocumentBatchService, ProjectContents, ProjectFileService } from '#modules/knowledge';
import type { FileService } from '#modules/files';
import type { ProjectService } from '#modules/projects';
import type { Actor } from '#shared/actor';
import type { FileId, ProjectId } from '#shared/ids';

export type VectorStoreService = ReturnType<typeof createVectorStoreService>;

type Project = Awaited<ReturnType<ProjectService['get']>>;

/** A project with what it holds. */
export type VectorStore = { readonly project: Project; readonly contents: ProjectContents };

export type CreateVectorStoreInput = {
  readonly name: string | undefined;
  readonly description: string | null;
  readonly metadata: Readonly<Record<string, string>>;
  readonly fileIds: readonly FileId[];
};

export type VectorStoreServiceDependencies = {
  readonly projects: Pick<ProjectService, 'create' | 'get' | 'slice' | 'update' | 'remove'>;
  readonly projectFiles: Pick<ProjectFileService, 'contentsOf'>;
  readonly batches: Pick<DocumentBatchService, 'create'>;
  readonly files: Pick<FileService, 'assertLiving'>;
};

const UNNAMED = 'Untitled';
const EMPTY: ProjectContents = {
  in_progress: 0,
  completed: 0,
  failed: 0,
  cancelled: 0,
  bytes: 0,
  activeAt: null,
};

/** Vector stores, which are the projects of a team. */
export function createVectorStoreService(dependencies: VectorStoreServiceDependencies) {
  const { projects, projectFiles, batches, files } = dependencies;

  async function withContents(
    actor: Actor,
    found: readonly Project[],
  ): Promise<readonly VectorStore[]> {
    const contents = await projectFiles.contentsOf(
      actor,
      found.map(({ id }) => id),
    );
    return found.map((project) => ({ project, contents: contents.get(project.id) ?? EMPTY }));
  }

  async function get(actor: Actor, { id }: { readonly id: ProjectId }): Promise<VectorStore> {
    const project = await projects.get(actor, { id });
    const contents = await projectFiles.contentsOf(actor, [id]);
    return { project, contents: contents.get(id) ?? EMPTY };
  }

  return {
    get,

    /** @throws FORBIDDEN, NOT_FOUND for a file */
    async create(
      actor: Actor,
      { name = UNNAMED, fileIds, ...rest }: CreateVectorStoreInput,
    ): Promise<VectorStore> {
      await files.assertLiving(actor.teamId, fileIds);
      const { id } = await projects.create(actor, { ...rest, name });
      const wanted = fileIds.map((fileId) => ({ fileId, attributes: {} }));
      if (wanted.length > 0) await batches.create(actor, { projectId: id, files: wanted });
      return get(actor, { id });
    },

    async slice(
      actor: Actor,
      slice: Parameters<ProjectService['slice']>[1],
    ): Promise<readonly VectorStore[]> {
      return withContents(actor, await projects.slice(actor, slice));
    },

    /** @throws FORBIDDEN, NOT_FOUND */
    async update(
      actor: Actor,
      { id, ...changes }: Parameters<ProjectService['update']>[1],
    ): Promise<VectorStore> {
      await projects.update(actor, { id, ...changes });
      return get(actor, { id });
    },

    /** @throws FORBIDDEN, NOT_FOUND */
    async remove(actor: Actor, { id }: { readonly id: ProjectId }): Promise<void> {
      await projects.remove(actor, { id });
    },
  };
}
