import type { Actor } from '#shared/actor';
import type { ProjectId } from '#shared/ids';

/** What this module asks of projects: the actor's own living project, or NOT_FOUND. */
export type ProjectReader = {
  get(actor: Actor, input: { id: ProjectId }): Promise<{ readonly id: ProjectId }>;
};
