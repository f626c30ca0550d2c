import type { AiService } from '#modules/ai';
import type { ProjectService } from '#modules/projects';
import { AppError, isAppError } from '#platform/errors/app-error';
import type { Actor } from '#shared/actor';
import type { TeamId } from '#shared/ids';
import type { Page, PageRequest } from '#shared/page';
import { projectModel, readProjectModel } from '../project-model.ts';

export type OpenAiModel = {
  readonly id: string;
  readonly createdSeconds: number;
  readonly ownedBy: string;
};

export type ModelServiceDependencies = {
  readonly ai: Pick<AiService, 'getModel'>;
  /** What the team can call now. */
  readonly listModels: (
    teamId: TeamId,
  ) => Promise<readonly { readonly name: string; readonly provider: string }[]>;
  readonly projects: Pick<ProjectService, 'get' | 'list'>;
};

export type ModelService = ReturnType<typeof createModelService>;

const PAGE_SIZE = 100;
/** OpenAI's list has no pages: more would be a document that nobody reads. */
const MAX_LISTED = 1000;
const BY_NAME = { column: 'name', direction: 'asc' } as const;
const OWN = 'groundwork';
const MS_PER_SECOND = 1000;

/** The team's models, and each of its projects as one that answers from its documents. */
export function createModelService({ ai, listModels, projects }: ModelServiceDependencies) {
  return {
    async list(actor: Actor): Promise<readonly OpenAiModel[]> {
      const models = await listModels(actor.teamId);
      const listing = { sort: BY_NAME, isDeleted: false };
      const own = await readAll((page) => projects.list(actor, { ...page, ...listing }));
      return [
        ...models.map(({ name, provider }) => ({ id: name, createdSeconds: 0, ownedBy: provider })),
        ...own.map(ofProject),
      ];
    },

    /** @throws NOT_FOUND */
    async get(actor: Actor, { id }: { readonly id: string }): Promise<OpenAiModel> {
      const projectId = readProjectModel(id);
      try {
        if (projectId) return ofProject(await projects.get(actor, { id: projectId }));
        const { name, provider, isAvailable } = await ai.getModel(actor.teamId, { name: id });
        if (isAvailable) return { id: name, createdSeconds: 0, ownedBy: provider };
      } catch (error) {
        if (!isAppError(error, 'not_found')) throw error;
      }
      throw unknownModel(id);
    },
  };
}

export function unknownModel(id: string): AppError {
  return new AppError('not_found', `The model "${id}" does not exist, or is not yours`, {
    reason: 'model.unknown',
  });
}

function ofProject({ id, createdAt }: Awaited<ReturnType<ProjectService['get']>>): OpenAiModel {
  const createdSeconds = Math.floor(Date.parse(createdAt) / MS_PER_SECOND);
  return { id: projectModel(id), createdSeconds, ownedBy: OWN };
}

async function readAll<Item>(
  read: (page: PageRequest) => Promise<Page<Item>>,
): Promise<readonly Item[]> {
  const items: Item[] = [];
  for (let page = 1; items.length < MAX_LISTED; page += 1) {
    const found = await read({ page, pageSize: PAGE_SIZE });
    items.push(...found.items);
    if (items.length >= found.total || found.items.length === 0) break;
  }
  return items;
}
