import { z } from 'zod';
import { defineTool, succeed, type AgentTool } from '#modules/agents';
import type { ProjectService } from '#modules/projects';

const MAX_PAGE = 1_000_000;
const MAX_PAGE_SIZE = 50;
const DEFAULT_PAGE_SIZE = 20;
const SHOWN_DESCRIPTION = 300;

const ListProjectsInput = z.strictObject({
  page: z.int().min(1).max(MAX_PAGE).default(1).describe('Page of the list, counted from 1'),
  page_size: z.int().min(1).max(MAX_PAGE_SIZE).default(DEFAULT_PAGE_SIZE),
});

/** For clients of `/mcp` alone: an agent belongs to one project. */
export function createListProjectsTool(projects: Pick<ProjectService, 'list'>): AgentTool {
  return defineTool({
    name: 'list_projects',
    description: 'Lists the projects of your team by name, each with the id that other tools want.',
    input: ListProjectsInput,
    touches: ['project'],
    async run({ page, page_size: pageSize }, { actor }) {
      const { items, total } = await projects.list(actor, {
        isDeleted: false,
        sort: { column: 'name', direction: 'asc' },
        page,
        pageSize,
      });
      const listed = items.map(({ id, name, description }) => ({
        project_id: id,
        name,
        description: description?.slice(0, SHOWN_DESCRIPTION).toWellFormed() ?? null,
      }));
      return succeed(JSON.stringify({ projects: listed, total, page, page_size: pageSize }));
    },
  });
}
