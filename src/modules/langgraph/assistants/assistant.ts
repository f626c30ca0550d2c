import type { DirectoryEntry } from '#modules/agents';

/** Who answers in a thread: nobody in particular, a project by its documents, or an agent of one. */
export type Assistant = DirectoryEntry | typeof DEFAULT_ASSISTANT;

/** The one graph there is. */
export const GRAPH_ID = 'agent';

/** The graph by itself, without a project. */
export const DEFAULT_ASSISTANT = {
  id: GRAPH_ID,
  projectId: undefined,
  agentId: null,
  name: 'Default assistant',
  version: 1,
  content: null,
  createdAt: '1970-01-01T00:00:00.000Z',
  updatedAt: '1970-01-01T00:00:00.000Z',
} as const;
