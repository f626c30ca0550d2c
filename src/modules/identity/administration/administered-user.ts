import type { TeamId } from '#shared/ids';
import type { UserRecord } from '../users/users.repository.ts';

/** A user as administrators see them. */
export type AdministeredUser = Omit<UserRecord, 'isEmailVerified'> & {
  readonly personalTeamId: TeamId;
  readonly emailVerifiedAt: string | null;
  readonly updatedAt: string;
  /** Millionths of the configured currency that they may spend a month; null without a budget. */
  readonly monthlyCostBudget: number | null;
};
