import type { Actor } from '#shared/actor';

/** Viewers read; everybody else in the team may also write. */
export function canWriteProjects(actor: Actor): boolean {
  return actor.teamRole !== 'viewer';
}
