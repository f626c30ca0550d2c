import type { ProjectId } from '#shared/ids';

/** Who gives a project's answers, to who asks: the model behind it is not told. */
export const PROJECT_PROVIDER = 'groundwork';

const PREFIX = 'project:';
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The model that answers from a project's documents. */
export function projectModel(id: ProjectId): string {
  return `${PREFIX}${id}`;
}

/** The project that a model's name stands for; undefined for any other name. */
export function readProjectModel(model: string): ProjectId | undefined {
  const id = model.startsWith(PREFIX) ? model.slice(PREFIX.length) : '';
  return isProjectId(id) ? id : undefined;
}

function isProjectId(id: string): id is ProjectId {
  return UUID.test(id);
}
