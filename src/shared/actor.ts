import type { AuthSessionId, TeamId, UserId } from './ids.ts';

export type Role = 'user' | 'admin';
export type Tier = 'free' | 'pro' | 'enterprise';
export type TeamRole = 'owner' | 'admin' | 'member' | 'viewer';

/** Who is asking, and for which team: the first argument of every service method. */
export type Actor = {
  readonly userId: UserId;
  readonly role: Role;
  readonly teamId: TeamId;
  readonly teamRole: TeamRole;
  /** The active team's tier: what limits and quotas read. */
  readonly tier: Tier;
  readonly authSessionId: AuthSessionId;
};
