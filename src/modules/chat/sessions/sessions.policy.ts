import type { Actor } from '#shared/actor';

/** Answers cost the team money, so viewers, who only read, may not ask. */
export function canChat(actor: Actor): boolean {
  return actor.teamRole !== 'viewer';
}
