import { AppError } from '#platform/errors/app-error';
import type { Role } from '#shared/actor';
import { newId, type TeamId, type UserId } from '#shared/ids';
import type { AuditLogRepository } from '../audit/audit-log.repository.ts';
import { signInEntry } from '../auth/sign-in-entry.ts';
import type { TeamsRepository } from '../teams/teams.repository.ts';
import type { NewUser, UsersRepository } from './users.repository.ts';

/** Repositories of the transaction in which an account comes into being. */
export type AccountOpeningRepositories = {
  readonly users: Pick<UsersRepository, 'insert'>;
  readonly teams: Pick<TeamsRepository, 'insertPersonal'>;
  readonly auditLog: Pick<AuditLogRepository, 'insert'>;
};

export type NewAccount = NewUser & { readonly role: Role; readonly personalTeamId: TeamId };

const PERSONAL_TEAM_NAME = 'Personal';

/** Gives the ids, which a transaction in one team's scope needs before it begins. */
export function planAccount(user: Omit<NewUser, 'id'>): NewAccount {
  return { ...user, id: newId<UserId>(), personalTeamId: newId<TeamId>() };
}

/**
 * What every account begins with: the user, and the team that is theirs alone.
 * @throws DUPLICATE for an address that somebody has
 */
export async function openAccount(
  { users, teams, auditLog }: AccountOpeningRepositories,
  { personalTeamId, ...user }: NewAccount,
): Promise<void> {
  const isNew = await users.insert(user);
  if (!isNew) throw new AppError('duplicate', 'Email already registered');
  const team = { id: personalTeamId, userId: user.id, name: PERSONAL_TEAM_NAME };
  await teams.insertPersonal(team);
  await auditLog.insert(signInEntry('register', { userId: user.id }));
}
