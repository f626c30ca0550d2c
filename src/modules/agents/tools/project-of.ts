import { invalid } from '#platform/errors/app-error';
import type { ProjectId } from '#shared/ids';
import type { ToolContext } from '../agent-tool.ts';

/** @throws AppError `invalid` where the conversation is about no project */
export function projectOf({ projectId }: Pick<ToolContext, 'projectId'>): ProjectId {
  if (projectId) return projectId;
  const message = 'This conversation belongs to no project, so there are no documents';
  throw invalid([{ field: 'project', message }], 'tool.no_project');
}
