import type { AgentDirectory, DirectoryListing } from '#modules/agents';
import { AppError, notFound } from '#platform/errors/app-error';
import type { Actor } from '#shared/actor';
import type { ProjectId } from '#shared/ids';
import { DEFAULT_ASSISTANT, GRAPH_ID, type Assistant } from './assistant.ts';

export type AssistantService = ReturnType<typeof createAssistantService>;

export type AssistantServiceDependencies = { readonly directory: AgentDirectory };

type AssistantKey = { readonly id: string };
type Filter = {
  /** Undefined: of whatever graph. */
  readonly graphId: string | undefined;
  readonly name: string | undefined;
  /** Notes that an assistant has: its `project_id`. */
  readonly metadata: Readonly<Record<string, unknown>>;
};
type Search = Filter & Pick<DirectoryListing, 'order' | 'limit' | 'offset'>;

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Who can be asked. Projects and agents are made and changed as such, not here. */
export function createAssistantService({ directory }: AssistantServiceDependencies) {
  /** By the id of a project or an agent, or as the graph itself. @throws NOT_FOUND */
  async function get(actor: Actor, { id }: AssistantKey): Promise<Assistant> {
    return id === GRAPH_ID ? DEFAULT_ASSISTANT : directory.get(actor, { id });
  }

  return {
    get,

    async search(
      actor: Actor,
      { order, limit, offset, ...filter }: Search,
    ): Promise<readonly Assistant[]> {
      const wanted = directoryFilter(filter);
      return wanted ? directory.list(actor, { ...wanted, order, limit, offset }) : [];
    },

    async count(actor: Actor, filter: Filter): Promise<number> {
      const wanted = directoryFilter(filter);
      return wanted ? directory.count(actor, wanted) : 0;
    },

    /** No assistant has graphs below its own. @throws NOT_FOUND, also for any such graph */
    async assertSubgraph(
      actor: Actor,
      { id, namespace }: AssistantKey & { readonly namespace: string },
    ): Promise<never> {
      await get(actor, { id });
      throw notFound('subgraph', namespace);
    },

    /** @throws VALIDATION_ERROR always, NOT_FOUND first for an assistant that is not there */
    async refuseChange(actor: Actor, key: AssistantKey | undefined): Promise<never> {
      if (key) await get(actor, key);
      throw new AppError(
        'invalid',
        'Assistants are projects and their agents: make and change those under ' +
          '/api/v1/projects and /api/v1/projects/{id}/agents',
        { reason: 'langgraph.assistants_are_read_only' },
      );
    },
  };
}

/** Undefined where nobody can match. */
function directoryFilter({ graphId, name, metadata }: Filter) {
  const { project_id: projectId, ...others } = metadata;
  if ((graphId ?? GRAPH_ID) !== GRAPH_ID || Object.keys(others).length > 0) return undefined;
  if (projectId === undefined) return { name };
  return isProjectId(projectId) ? { name, projectId } : undefined;
}

function isProjectId(value: unknown): value is ProjectId {
  return typeof value === 'string' && UUID.test(value);
}
