import type { Clock } from '#platform/clock/clock';
import type { Scope, UnitOfWork } from '#platform/db/database';
import { teamScope } from '#platform/db/database';
import { invalid, notFound } from '#platform/errors/app-error';
import type { JobWriter } from '#platform/queue/job-queue';
import type { Actor, Role } from '#shared/actor';
import type { UserId } from '#shared/ids';
import { sendWelcomeMail } from '../account-mails/send-welcome-mail.job.ts';
import type { AuditLogRepository } from '../audit/audit-log.repository.ts';
import type { AuthLog } from '../auth/auth-log.ts';
import { authSessionOf } from '../auth/auth-session-of.ts';
import type { AuthSessionsRepository } from '../auth/auth-sessions.repository.ts';
import type { CredentialService } from '../auth/credentials.service.ts';
import { signInEntry } from '../auth/sign-in-entry.ts';
import type { OneTimeTokensRepository } from '../one-time-tokens/one-time-tokens.repository.ts';
import type {
  IssuingRepositories,
  OneTimeTokenService,
} from '../one-time-tokens/one-time-tokens.service.ts';
import type { PasswordService } from '../passwords/passwords.service.ts';
import type { TeamsRepository } from '../teams/teams.repository.ts';
import { openAccount, planAccount } from './account-opening.service.ts';
import { parseEmail, type EmailAddress } from './parse-email.ts';
import type { PasswordProof } from './password-proof.service.ts';
import type { UserNames, UserRecord, UsersRepository } from './users.repository.ts';

export type RegisterInput = UserNames & {
  readonly email: EmailAddress;
  readonly password: string;
};

export type CreateAdminInput = { readonly email: string; readonly password: string };

export type ChangePasswordInput = {
  readonly currentPassword: string;
  readonly newPassword: string;
};

export type UserServiceDependencies = {
  readonly users: () => Pick<UsersRepository, 'find' | 'updateNames'>;
  readonly unitOfWork: UnitOfWork<{
    auditLog: Pick<AuditLogRepository, 'insert'>;
    users: Pick<UsersRepository, 'insert' | 'updatePassword'>;
    teams: TeamsRepository;
    authSessions: Pick<AuthSessionsRepository, 'revokeOthers'>;
    oneTimeTokens: Pick<OneTimeTokensRepository, 'insert' | 'endUnused'>;
    jobs: JobWriter;
  }>;
  readonly passwords: Pick<PasswordService, 'hashNew'>;
  readonly passwordProof: Pick<PasswordProof, 'assert'>;
  readonly tokens: OneTimeTokenService;
  readonly credentials: Pick<
    CredentialService,
    'findAccount' | 'forgetAccount' | 'forgetAuthSessions'
  >;
  readonly authLog: AuthLog;
  readonly clock: Clock;
};

const NO_SCOPE: Scope = { kind: 'none' };
/** Whoever asked for these may be who the password is changed against. */
const ENDED_WITH_PASSWORD = ['password_reset', 'email_change'] as const;
const NO_NAMES: UserNames = { username: null, firstName: null, lastName: null };

export type UserService = ReturnType<typeof createUserService>;

export function createUserService(dependencies: UserServiceDependencies) {
  const { users, unitOfWork, passwords, passwordProof, tokens } = dependencies;
  const { credentials, authLog, clock } = dependencies;

  /** A user with the team that each has, or neither. */
  async function create(input: RegisterInput, role: Role): Promise<UserRecord> {
    const { password, ...profile } = input;
    const passwordHash = await passwords.hashNew(password, 'password');
    const account = planAccount({ ...profile, role, passwordHash });
    await unitOfWork.run(teamScope(account.personalTeamId), async (repositories) => {
      await openAccount(repositories, account);
      if (role === 'user') await greet(repositories, { userId: account.id, email: input.email });
    });
    authLog.succeeded('register', { userId: account.id });
    return getUser(account.id);
  }

  async function greet(
    repositories: IssuingRepositories,
    { userId, email }: { readonly userId: UserId; readonly email: EmailAddress },
  ): Promise<void> {
    await tokens.issue(repositories, { purpose: 'email_verification', userId, email });
    await repositories.jobs.enqueue(sendWelcomeMail, { userId });
  }

  async function getUser(id: UserId): Promise<UserRecord> {
    const user = await users().find(id);
    if (!user) throw notFound('user', id);
    return user;
  }

  return {
    /** @throws DUPLICATE, VALIDATION_ERROR for a password against the rules */
    async register(input: RegisterInput): Promise<UserRecord> {
      return create(input, 'user');
    },

    /** For operators, who need no sign-in. @throws DUPLICATE, VALIDATION_ERROR */
    async createAdmin({ email, password }: CreateAdminInput): Promise<UserRecord> {
      const address = parseEmail(email);
      if (!address) throw invalid([{ field: 'email', message: 'Not a valid email address' }]);
      return create({ ...NO_NAMES, email: address, password }, 'admin');
    },

    async getMe({ userId }: Actor): Promise<UserRecord> {
      const account = await credentials.findAccount(userId);
      if (!account) throw notFound('user', userId);
      return account;
    },

    async updateMe(actor: Actor, names: Partial<UserNames>): Promise<UserRecord> {
      await users().updateNames(actor.userId, names);
      await credentials.forgetAccount(actor.userId);
      return getUser(actor.userId);
    },

    /** Signs out everywhere else. @throws VALIDATION_ERROR for a wrong current or an unfit new password */
    async changePassword(actor: Actor, input: ChangePasswordInput): Promise<void> {
      const authSessionId = authSessionOf(actor);
      await passwordProof.assert(actor, input.currentPassword, 'password_change');
      const passwordHash = await passwords.hashNew(input.newPassword, 'new_password');
      const { userId } = actor;
      const revoked = await unitOfWork.run(NO_SCOPE, async (repositories) => {
        await repositories.users.updatePassword(userId, passwordHash);
        await repositories.oneTimeTokens.endUnused(userId, ENDED_WITH_PASSWORD, clock.now());
        const entry = signInEntry('password_change', { userId, authSessionId });
        await repositories.auditLog.insert(entry);
        return repositories.authSessions.revokeOthers(
          { userId, kept: authSessionId },
          { at: clock.now(), reason: 'password_changed' },
        );
      });
      await credentials.forgetAuthSessions(revoked);
      await credentials.forgetAccount(userId);
      authLog.succeeded('password_change', { userId, authSessionId });
    },
  };
}
