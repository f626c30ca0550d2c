import { availableParallelism } from 'node:os';
import type { EmailSender } from '#modules/messaging';
import type { Cache } from '#platform/cache/cache';
import type { Clock } from '#platform/clock/clock';
import { createUnitOfWork, type Database, type Queries } from '#platform/db/database';
import type { Authenticate } from '#platform/http/authenticator';
import type { App } from '#platform/http/app';
import type { HttpClient } from '#platform/http-client/http-client';
import type { IncomingWebhooks } from '#platform/incoming-webhooks/incoming-webhooks';
import type { JobQueue } from '#platform/queue/job-queue';
import type { Logger } from '#platform/telemetry/logger';
import type { Metrics } from '#platform/telemetry/metrics';
import { createAdministration } from './administration/administration.module.ts';
import { createAccountExport } from './account-export/account-export.module.ts';
import { createApiKeys } from './api-keys/api-keys.module.ts';
import { createAuditLogRepository } from './audit/audit-log.repository.ts';
import type { AuditWriter } from './audit/audit-entry.ts';
import { createAuditLogService } from './audit/audit-log.service.ts';
import { registerPurgeAuditLog } from './audit/purge-audit-log.job.ts';
import { createAccessTokens } from './auth/access-tokens.provider.ts';
import { createAccountsRepository } from './auth/accounts.repository.ts';
import { createAuthCleanupService } from './auth/auth-cleanup.service.ts';
import { createAuthLog } from './auth/auth-log.ts';
import { createAuthSessionsRepository } from './auth/auth-sessions.repository.ts';
import { registerAuthRoutes } from './auth/auth.routes.ts';
import { createAuthService } from './auth/auth.service.ts';
import { createAuthSessions } from './auth-sessions/auth-sessions.module.ts';
import { createAuthenticationService } from './auth/authentication.service.ts';
import { createCredentialService } from './auth/credentials.service.ts';
import { createPasswordGuard } from './auth/password-guard.service.ts';
import { registerPurgeAuthSessions } from './auth/purge-auth-sessions.job.ts';
import { createRefreshTokensRepository } from './auth/refresh-tokens.repository.ts';
import { createRefusalAudit } from './auth/refusal-audit.service.ts';
import { createRevalidationService } from './auth/revalidation.service.ts';
import { createRotationService } from './auth/rotation.service.ts';
import { createSignInsRepository } from './auth/sign-ins.repository.ts';
import { createSignInAttemptsRepository } from './auth/sign-in-attempts.repository.ts';
import { createErasure } from './erasure/erasure.module.ts';
import type { UserEraser } from './erasure/user-eraser.ts';
import { createOneTimeTokens } from './one-time-tokens/one-time-tokens.module.ts';
import { createOneTimeTokensRepository } from './one-time-tokens/one-time-tokens.repository.ts';
import { createSessionCredentials } from './auth/session-credentials.service.ts';
import { createIssuers } from './issuers/issuers.module.ts';
import { createCommonPasswords } from './passwords/common-passwords.provider.ts';
import { createPasswordHasher } from './passwords/password-hasher.provider.ts';
import { createPasswordService } from './passwords/passwords.service.ts';
import { createRecovery } from './recovery/recovery.module.ts';
import { createPendingRegistrationsRepository } from './registration/pending-registrations.repository.ts';
import type { RegistrationMode } from './registration/registration.policy.ts';
import { createInvitations } from './invitations/invitations.module.ts';
import { createSetup } from './setup/setup.module.ts';
import { createTeams } from './teams/teams.module.ts';
import { createTeamsRepository } from './teams/teams.repository.ts';
import { createPasswordProof } from './users/password-proof.service.ts';
import {
  createUserWebhooks,
  type UserWebhookSettings,
} from './user-webhooks/user-webhooks.module.ts';
import { createUsersRepository } from './users/users.repository.ts';
import { registerUserRoutes } from './users/users.routes.ts';
import { createUserService } from './users/users.service.ts';

export type IdentitySettings = UserWebhookSettings & {
  readonly jwtSecretKey: string;
  readonly jwtAlgorithm: 'HS256' | 'HS384' | 'HS512';
  readonly accessTokenMinutes: number;
  readonly refreshTokenDays: number;
  readonly refreshGraceSeconds: number;
  readonly cookieMaxAgeHours: number;
  readonly cookieRememberDays: number;
  /** Whether clients come over TLS: the cookie is Secure and bound to the host. */
  readonly isCookieSecure: boolean;
  /** How long another process may still believe a credential that was revoked. */
  readonly cacheRevokeSeconds: number;
  readonly auditRetentionDays: number;
  /** How long a request waits for the erasure of its account before it is told to ask again. */
  readonly erasureWaitSeconds: number;
  readonly impersonationMinutes: number;
  /** Where clients, and the links in mails, reach the service. */
  readonly publicUrl: string;
  readonly verificationHours: number;
  readonly passwordResetMinutes: number;
  readonly registrationMode: RegistrationMode;
  readonly invitationDays: number;
  /** Every sign-up is confirmed by mail first, and answered alike. */
  readonly isRegistrationConfirmed: boolean;
  readonly setupToken?: string | undefined;
  /** Whether somebody at this machine may set it up without a token. */
  readonly isSetupOpenLocally: boolean;
};

export type IdentityModuleDependencies = {
  readonly database: Database;
  readonly cache: Cache;
  readonly queue: JobQueue;
  readonly email: EmailSender;
  readonly httpClient: HttpClient;
  readonly webhooks: IncomingWebhooks;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Pick<Metrics, 'authEventsTotal' | 'authFailuresTotal'>;
  readonly settings: IdentitySettings;
};

const MINUTE_SECONDS = 60;
const HOUR_SECONDS = 3600;
const DAY_SECONDS = 86_400;
/** At 20 ms a hash, the last in the row waits some seconds. */
const MAX_WAITING_HASHES = 128;

export function createIdentityModule(dependencies: IdentityModuleDependencies) {
  const { database, clock, settings } = dependencies;
  const repositories = createRepositories(database);
  const passwords = createPasswords();
  const authLog = createAuthLog(dependencies);
  const passwordGuard = createPasswordGuard({ ...repositories, passwords, clock });
  const mailedTokens = createOneTimeTokens(dependencies);
  const shared = {
    ...repositories,
    clock,
    tokens: mailedTokens.tokens,
    unitOfWork: createUnitOfWork(database, (queries) => ({
      ...bindRepositories(queries),
      jobs: dependencies.queue.within(queries),
    })),
    authLog,
    accessTokens: createAccessTokens({
      secret: settings.jwtSecretKey,
      algorithm: settings.jwtAlgorithm,
      clock,
    }),
    passwords,
    refusalAudit: createRefusalAudit({ ...repositories, cache: dependencies.cache }),
    passwordGuard,
    passwordProof: createPasswordProof({ ...repositories, passwordGuard, authLog }),
    credentials: createCredentialService({
      ...repositories,
      cache: dependencies.cache,
      cacheSeconds: settings.cacheRevokeSeconds,
    }),
  };
  const lifetimes = lifetimesOf(settings);
  const rotation = createRotationService({ ...shared, settings: lifetimes.rotation });
  const auth = createAuthService({ ...shared, rotation, settings: lifetimes.signIn });
  const users = createUserService(shared);
  const { isRegistrationConfirmed: isConfirmed, registrationMode } = settings;
  const recovery = createRecovery({ ...shared, accounts: users, isConfirmed, registrationMode });
  const authCleanup = createAuthCleanupService(shared);
  const { auditRetentionDays: retentionDays } = settings;
  const auditLog = createAuditLogService({ ...repositories, clock, retentionDays });
  const apiKeys = createApiKeys(dependencies);
  const erasure = createErasure({ ...dependencies, ...shared, ...apiKeys });
  const teams = createTeams({ ...dependencies, ...shared });
  const accountExport = createAccountExport({ ...dependencies, ...shared });
  const invitations = createInvitations({
    ...dependencies,
    ...shared,
    secrets: mailedTokens.secrets,
    urls: mailedTokens.urls,
  });
  const authSessions = createAuthSessions({ ...dependencies, ...shared });
  const { revalidate, actAgain } = createRevalidationService({ ...shared, ...apiKeys });
  const { setup, registerRoutes: registerSetup } = createSetup({ ...dependencies, ...shared });
  const issuers = createIssuers({
    ...dependencies,
    ...shared,
    eraseUser: async (userId) => void (await erasure.erasures.begin({ userId, isForced: true })),
  });
  const userWebhooks = createUserWebhooks({ ...dependencies, ...issuers });
  const authenticate: Authenticate = createAuthenticationService({
    ...shared,
    credentialKinds: [
      apiKeys.credentialKind,
      issuers.externalCredentials,
      createSessionCredentials(shared),
    ],
  }).authenticate;

  return {
    authenticate,
    revalidate,
    actAgain,
    setup,
    auditLog,
    /** Adds entries in another module's transaction. */
    auditWithin: (queries: Queries): AuditWriter => createAuditLogRepository(queries),
    ...createAdministration({ ...dependencies, ...shared }),
    users: { ...users, erase: erasure.erasures.begin },
    /** Takes accounts away: every module that holds something of users adds an eraser. */
    erasures: erasure.erasures,
    addEraser(eraser: UserEraser): void {
      erasure.addEraser(eraser);
      teams.addEraser(eraser);
    },
    /** Likewise, for what users take with them. */
    addExporter: accountExport.addExporter,
    /** Writes what was gathered off the way of requests. */
    close: () => apiKeys.flushUses(),
    registerRoutes(app: App): void {
      registerAuthRoutes(app, { auth, settings });
      recovery.registerRoutes(app);
      registerUserRoutes(app, { users });
      erasure.registerRoutes(app);
      teams.registerRoutes(app);
      accountExport.registerRoutes(app);
      invitations.registerRoutes(app);
      userWebhooks.registerRoutes(app);
      apiKeys.registerRoutes(app);
      registerSetup(app);
      authSessions.registerRoutes(app);
    },
    registerJobs(queue: JobQueue): void {
      registerPurgeAuthSessions(queue, { authCleanup });
      mailedTokens.registerJobs(queue);
      registerPurgeAuditLog(queue, { auditLog });
      erasure.registerJobs(queue);
      teams.registerJobs(queue);
      invitations.registerJobs(queue);
    },
  };
}

/** Signing in knows no team yet, so what reads one here sees all of them. */
function createRepositories(database: Database) {
  return {
    auditLog: () => createAuditLogRepository(database.unscoped()),
    users: () => createUsersRepository(database.forSystem()),
    accounts: () => createAccountsRepository(database.forSystem()),
    authSessions: () => createAuthSessionsRepository(database.unscoped()),
    refreshTokens: () => createRefreshTokensRepository(database.unscoped()),
    signIns: () => createSignInsRepository(database.unscoped()),
    signInAttempts: () => createSignInAttemptsRepository(database.unscoped()),
    oneTimeTokens: () => createOneTimeTokensRepository(database.unscoped()),
  };
}

function bindRepositories(queries: Queries) {
  return {
    auditLog: createAuditLogRepository(queries),
    users: createUsersRepository(queries),
    teams: createTeamsRepository(queries),
    authSessions: createAuthSessionsRepository(queries),
    refreshTokens: createRefreshTokensRepository(queries),
    signInAttempts: createSignInAttemptsRepository(queries),
    oneTimeTokens: createOneTimeTokensRepository(queries),
    pendingRegistrations: createPendingRegistrationsRepository(queries),
  };
}

function createPasswords() {
  const maxConcurrent = Math.max(1, availableParallelism() - 1);
  return createPasswordService({
    hasher: createPasswordHasher({ maxConcurrent, maxWaiting: MAX_WAITING_HASHES }),
    commonPasswords: createCommonPasswords(),
  });
}

function lifetimesOf(settings: IdentitySettings) {
  const refreshSeconds = settings.refreshTokenDays * DAY_SECONDS;
  return {
    rotation: { graceSeconds: settings.refreshGraceSeconds, lifetimeSeconds: refreshSeconds },
    signIn: {
      refreshSeconds,
      accessSeconds: settings.accessTokenMinutes * MINUTE_SECONDS,
      cookieSeconds: settings.cookieMaxAgeHours * HOUR_SECONDS,
      rememberedCookieSeconds: settings.cookieRememberDays * DAY_SECONDS,
    },
  };
}
