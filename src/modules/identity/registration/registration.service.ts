import type { Clock } from '#platform/clock/clock';
import { teamScope, type Scope, type UnitOfWork } from '#platform/db/database';
import { isAppError } from '#platform/errors/app-error';
import { newId, type TeamId, type UserId } from '#shared/ids';
import { sendWelcomeMail } from '../account-mails/send-welcome-mail.job.ts';
import type { AuthLog } from '../auth/auth-log.ts';
import type { OneTimeTokensRepository } from '../one-time-tokens/one-time-tokens.repository.ts';
import {
  badToken,
  type IssuingRepositories,
  type OneTimeTokenService,
} from '../one-time-tokens/one-time-tokens.service.ts';
import type { PasswordService } from '../passwords/passwords.service.ts';
import {
  openAccount,
  planAccount,
  type AccountOpeningRepositories,
} from '../users/account-opening.service.ts';
import type { UserRecord, UsersRepository } from '../users/users.repository.ts';
import type { RegisterInput, UserService } from '../users/users.service.ts';
import type { PendingRegistrationsRepository } from './pending-registrations.repository.ts';
import { assertMaySignUp, type RegistrationMode } from './registration.policy.ts';

export type RegistrationRepositories = IssuingRepositories &
  AccountOpeningRepositories & {
    readonly oneTimeTokens: Pick<OneTimeTokensRepository, 'insert' | 'use'>;
    readonly pendingRegistrations: PendingRegistrationsRepository;
  };

export type RegistrationServiceDependencies = {
  readonly unitOfWork: UnitOfWork<RegistrationRepositories>;
  readonly users: () => Pick<UsersRepository, 'find'>;
  readonly accounts: Pick<UserService, 'register'>;
  readonly tokens: OneTimeTokenService;
  readonly passwords: Pick<PasswordService, 'hashNew'>;
  readonly authLog: AuthLog;
  readonly clock: Clock;
  readonly registrationMode: RegistrationMode;
  /** Every sign-up is confirmed by mail first, and answered alike. */
  readonly isConfirmed: boolean;
};

const NO_SCOPE: Scope = { kind: 'none' };

export type RegistrationService = ReturnType<typeof createRegistrationService>;

export function createRegistrationService(dependencies: RegistrationServiceDependencies) {
  const { unitOfWork, users, accounts, tokens, passwords, authLog, clock } = dependencies;

  /** The same work for each address; what its owner is told is the mail's to decide. */
  async function keepForLater({ email, password, ...names }: RegisterInput): Promise<void> {
    const passwordHash = await passwords.hashNew(password, 'password');
    await unitOfWork.run(NO_SCOPE, async (repositories) => {
      const draft = { purpose: 'registration', userId: null, email } as const;
      const id = await tokens.issue(repositories, draft);
      await repositories.pendingRegistrations.insert(id, { ...names, passwordHash });
    });
  }

  async function open(
    repositories: RegistrationRepositories,
    { token, personalTeamId }: { readonly token: string; readonly personalTeamId: TeamId },
  ): Promise<UserId> {
    const { id, email } = await tokens.use(repositories, { token, purposes: ['registration'] });
    const pending = await repositories.pendingRegistrations.take(id);
    if (!pending) throw badToken();
    const user = { ...pending, email, role: 'user', emailVerifiedAt: clock.now() } as const;
    const account = { ...planAccount(user), personalTeamId };
    await openAccount(repositories, account);
    await repositories.jobs.enqueue(sendWelcomeMail, { userId: account.id });
    return account.id;
  }

  return {
    /**
     * Signs somebody up, or keeps them until they confirm it: then there is nobody to answer.
     * @throws DUPLICATE where nothing is confirmed, VALIDATION_ERROR for a password against the rules,
     * FORBIDDEN where registration is not open
     */
    async register(input: RegisterInput): Promise<UserRecord | undefined> {
      assertMaySignUp(dependencies.registrationMode, { isInvited: false });
      if (!dependencies.isConfirmed) return accounts.register(input);
      await keepForLater(input);
      return undefined;
    },

    /** Makes the account of a mailed token. @throws VALIDATION_ERROR, FORBIDDEN */
    async confirm({ token }: { readonly token: string }): Promise<UserRecord> {
      assertMaySignUp(dependencies.registrationMode, { isInvited: false });
      const personalTeamId = newId<TeamId>();
      const userId = await unitOfWork
        .run(teamScope(personalTeamId), (repositories) =>
          open(repositories, { token, personalTeamId }),
        )
        .catch(refuseTaken);
      authLog.succeeded('register', { userId });
      const user = await users().find(userId);
      if (!user) throw badToken();
      return user;
    },
  };
}

/** The address got an account meanwhile, by another mail or by a change of address. */
function refuseTaken(error: unknown): never {
  throw isAppError(error, 'duplicate') ? badToken() : error;
}
