import { NOTHING, type Leaver, type UserEraser } from '../erasure/user-eraser.ts';
import type { InvitationsRepository } from './invitations.repository.ts';

export type InvitationEraserDependencies = {
  readonly allInvitations: () => Pick<InvitationsRepository, 'countOf' | 'removeOf'>;
};

/** Takes the invitations that a user wrote, and those to their address. */
export function createInvitationEraser({
  allInvitations,
}: InvitationEraserDependencies): UserEraser {
  return {
    async count(leaver: Leaver) {
      return { ...NOTHING, removed: { invitations: await allInvitations().countOf(leaver) } };
    },
    erase: (leaver: Leaver) => allInvitations().removeOf(leaver),
  };
}
