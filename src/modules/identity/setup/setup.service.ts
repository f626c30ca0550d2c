import type { Scope, UnitOfWork } from '#platform/db/database';
import { AppError, notFound } from '#platform/errors/app-error';
import { newId, type TeamId } from '#shared/ids';
import type { AuthLog } from '../auth/auth-log.ts';
import type { PasswordService } from '../passwords/passwords.service.ts';
import type { TeamRecord, TeamsRepository } from '../teams/teams.repository.ts';
import {
  openAccount,
  planAccount,
  type AccountOpeningRepositories,
} from '../users/account-opening.service.ts';
import type { EmailAddress } from '../users/parse-email.ts';
import type { UserNames, UserRecord, UsersRepository } from '../users/users.repository.ts';
import type { SetupToken } from './setup-token.provider.ts';
import type { SetupRepository } from './setup.repository.ts';

export type SetupServiceDependencies = {
  readonly setup: () => Pick<SetupRepository, 'hasAdmin'>;
  readonly users: () => Pick<UsersRepository, 'find'>;
  readonly unitOfWork: UnitOfWork<
    AccountOpeningRepositories & {
      readonly setup: SetupRepository;
      readonly teams: Pick<TeamsRepository, 'insert' | 'insertPersonal' | 'find'>;
    }
  >;
  readonly passwords: Pick<PasswordService, 'hashNew'>;
  readonly setupToken: SetupToken;
  readonly authLog: Pick<AuthLog, 'succeeded'>;
  /** Whether somebody at this machine needs no token. */
  readonly isOpenLocally: boolean;
};

/** Where a request comes from. */
type Origin = { readonly isLocal: boolean };

export type SetupState = { readonly isRequired: boolean; readonly isTokenRequired: boolean };

export type CompleteSetupInput = Origin &
  UserNames & {
    readonly email: EmailAddress;
    readonly password: string;
    readonly teamName: string;
    readonly token: string | undefined;
  };

export type CompletedSetup = { readonly user: UserRecord; readonly team: TeamRecord };

/** The personal team and the first one, of which neither is known before. */
const SYSTEM: Scope = { kind: 'system' };

export type SetupService = ReturnType<typeof createSetupService>;

export function createSetupService(dependencies: SetupServiceDependencies) {
  const { setup, users, unitOfWork, passwords, setupToken, authLog } = dependencies;

  const needsToken = ({ isLocal }: Origin) => !(dependencies.isOpenLocally && isLocal);

  async function create(input: CompleteSetupInput): Promise<CompletedSetup> {
    const { email, username, firstName, lastName, teamName: name } = input;
    const passwordHash = await passwords.hashNew(input.password, 'password');
    const names = { username, firstName, lastName };
    const account = planAccount({ ...names, email, passwordHash, role: 'admin' });
    const { id: userId } = account;
    const teamId = newId<TeamId>();
    const team = await unitOfWork.run(SYSTEM, async (repositories) => {
      await repositories.setup.lock();
      if (await repositories.setup.hasAdmin()) throw isCompleted();
      await openAccount(repositories, account);
      await repositories.teams.insert({ id: teamId, userId, name });
      await repositories.auditLog.insert({
        actorId: userId,
        action: 'setup.completed',
        target: { type: 'user', id: userId },
        after: { team_id: teamId },
      });
      return repositories.teams.find({ teamId, userId });
    });
    authLog.succeeded('register', { userId });
    const user = await users().find(userId);
    if (!user || !team) throw notFound('user', userId);
    return { user, team };
  }

  return {
    async read(origin: Origin): Promise<SetupState> {
      const isRequired = !(await setup().hasAdmin());
      return { isRequired, isTokenRequired: isRequired && needsToken(origin) };
    },

    /**
     * Makes the first administrator with a first team, once.
     * @throws CONFLICT when there is an administrator, FORBIDDEN without the token, VALIDATION_ERROR, DUPLICATE
     */
    async complete(input: CompleteSetupInput): Promise<CompletedSetup> {
      if (await setup().hasAdmin()) throw isCompleted();
      const isTrusted = !needsToken(input) || setupToken.matches(input.token ?? '');
      if (!isTrusted) throw needsOtherToken();
      return create(input);
    },

    /** The token to tell whoever runs the service; undefined when nobody needs it any more. */
    async findToken(): Promise<string | undefined> {
      return (await setup().hasAdmin()) ? undefined : setupToken.value;
    },
  };
}

function isCompleted(): AppError {
  return new AppError('conflict', 'There is an administrator already', {
    reason: 'setup.completed',
  });
}

function needsOtherToken(): AppError {
  const message =
    'The setup token is missing or wrong; it is SETUP_TOKEN, or in the log of the start';
  return new AppError('forbidden', message, { reason: 'setup.token_invalid' });
}
