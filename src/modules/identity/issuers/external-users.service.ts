import type { Clock } from '#platform/clock/clock';
import type { Cache } from '#platform/cache/cache';
import type { Scope, UnitOfWork } from '#platform/db/database';
import { teamScope } from '#platform/db/database';
import { isAppError } from '#platform/errors/app-error';
import { newId, type IdentityId, type UserId } from '#shared/ids';
import type { AuthLog } from '../auth/auth-log.ts';
import type { CredentialService } from '../auth/credentials.service.ts';
import { unauthenticated } from '../auth/unauthenticated.ts';
import { assertMaySignUp, type RegistrationMode } from '../registration/registration.policy.ts';
import {
  openAccount,
  planAccount,
  type AccountOpeningRepositories,
  type NewAccount,
} from '../users/account-opening.service.ts';
import type { NewUser, UsersRepository } from '../users/users.repository.ts';
import { externalUserKey } from './external-user-key.ts';
import { isSameProfile, mergeProfiles, type ExternalProfile } from './external-profile.ts';
import type {
  ExternalSubject,
  IdentitiesRepository,
  IdentityRecord,
} from './identities.repository.ts';

/** What an issuer says of a subject, and when it said so. */
export type ToldUser = ExternalSubject & { readonly profile: ExternalProfile; readonly at: Date };

type Repositories = AccountOpeningRepositories & {
  readonly identities: IdentitiesRepository;
  readonly users: Pick<UsersRepository, 'updateNames'>;
};

export type ExternalUserServiceDependencies = {
  readonly identities: () => Pick<IdentitiesRepository, 'find'>;
  readonly unitOfWork: UnitOfWork<Repositories>;
  readonly cache: Cache;
  readonly cacheSeconds: number;
  readonly credentials: Pick<CredentialService, 'forgetAccount'>;
  readonly authLog: Pick<AuthLog, 'succeeded'>;
  readonly clock: Clock;
  /** Shuts the user out and erases what is theirs. */
  readonly eraseUser: (userId: UserId) => Promise<void>;
  readonly registrationMode: RegistrationMode;
};

const NO_SCOPE: Scope = { kind: 'none' };

/** Older than whatever an issuer will tell. */
const NEVER = new Date(0);

export type ExternalUserService = ReturnType<typeof createExternalUserService>;

/** Users whom an issuer knows: made when it first tells of them, and kept as it tells. */
export function createExternalUserService(dependencies: ExternalUserServiceDependencies) {
  const { identities, unitOfWork, cache, cacheSeconds, credentials, authLog, clock } = dependencies;

  /** @throws UNAUTHORIZED for somebody erased since, FORBIDDEN while registration is not open */
  async function findOrCreate(told: ToldUser): Promise<IdentityRecord> {
    return (await identities().find(told)) ?? create(told);
  }

  async function create(told: ToldUser): Promise<IdentityRecord> {
    const account = planAccount(accountOf(told.profile, clock.now()));
    const made = await unitOfWork.run(teamScope(account.personalTeamId), async (repositories) => {
      await repositories.identities.lock(told);
      const known = await repositories.identities.find(told);
      return known ?? store(told, account, repositories);
    });
    if (made.userId === account.id) {
      authLog.succeeded('register', { userId: made.userId, provider: 'external' });
    }
    return made;
  }

  async function store(
    told: ToldUser,
    account: NewAccount,
    repositories: Repositories,
  ): Promise<IdentityRecord> {
    const erasedAt = await repositories.identities.findErasure(told);
    if (erasedAt && told.at <= new Date(erasedAt)) throw unauthenticated('erased_account');
    assertMaySignUp(dependencies.registrationMode, { isInvited: false });
    await openAccount(repositories, account).catch((error: unknown) => {
      if (!isAppError(error, 'duplicate')) throw error;
      // The address is somebody's already, so this user is without one.
      return openAccount(repositories, { ...account, email: null, emailVerifiedAt: undefined });
    });
    // Who has told nothing of the user yet has told nothing that is newer than what comes.
    const claimsAt = isSameProfile(told.profile, {}) ? NEVER : told.at;
    const identity = { ...told, id: newId<IdentityId>(), userId: account.id, claimsAt };
    await repositories.identities.insert(identity);
    return { userId: account.id, profile: told.profile, claimsAt: claimsAt.toISOString() };
  }

  async function renew(told: ToldUser, userId: UserId): Promise<void> {
    await unitOfWork.run(NO_SCOPE, async (repositories) => {
      await repositories.identities.lock(told);
      const known = await repositories.identities.find(told);
      if (!known) return;
      const { profile, claimsAt } = afterHearing(known, told);
      await repositories.identities.update(told, { profile, claimsAt });
      await apply(changesOf(known.profile, profile), userId, repositories);
    });
    await cache.delete(externalUserKey(told));
    await credentials.forgetAccount(userId);
  }

  async function apply(
    { email, isEmailVerified, ...names }: ExternalProfile,
    userId: UserId,
    { users, identities: identitiesWithin }: Repositories,
  ): Promise<void> {
    if (Object.keys(names).length > 0) await users.updateNames(userId, names);
    // An address that the issuer does not vouch for is left.
    if (email === undefined || isEmailVerified === false) return;
    const verifiedAt = isEmailVerified ? clock.now() : null;
    await identitiesWithin.giveAddress(userId, { email, verifiedAt });
  }

  return {
    /**
     * The user behind a verified token; made when this is the first.
     * @throws UNAUTHORIZED for somebody erased since, FORBIDDEN while registration is not open
     */
    async signIn(told: ToldUser): Promise<UserId> {
      const known = await cache.getOrLoad(externalUserKey(told), cacheSeconds, () =>
        findOrCreate(told),
      );
      const { profile } = afterHearing(known, told);
      if (!isSameProfile(profile, known.profile)) await renew(told, known.userId);
      return known.userId;
    },

    /** On the issuer's word, whatever order its words arrive in. @throws as `signIn` */
    async save(told: ToldUser): Promise<void> {
      const { userId } = await findOrCreate(told);
      await renew(told, userId);
    },

    /** On the issuer's word; nothing older makes the user anew. */
    async erase(told: Omit<ToldUser, 'profile'>): Promise<void> {
      const known = await unitOfWork.run(NO_SCOPE, async (repositories) => {
        await repositories.identities.lock(told);
        await repositories.identities.rememberErasure(told, told.at);
        return repositories.identities.find(told);
      });
      if (known) await dependencies.eraseUser(known.userId);
      await cache.delete(externalUserKey(told));
    },
  };
}

function afterHearing(known: IdentityRecord, told: ToldUser) {
  const knownAt = new Date(known.claimsAt);
  const isNewer = told.at > knownAt;
  const profile = mergeProfiles(known.profile, told.profile, { isNewer });
  return { profile, claimsAt: isNewer ? told.at : knownAt };
}

function accountOf(profile: ExternalProfile, now: Date): Omit<NewUser, 'id'> {
  const { email, isEmailVerified, username, firstName, lastName } = profile;
  const address = isEmailVerified === false ? undefined : email;
  return {
    email: address ?? null,
    username: username ?? null,
    firstName: firstName ?? null,
    lastName: lastName ?? null,
    role: 'user',
    passwordHash: null,
    emailVerifiedAt: address && isEmailVerified ? now : undefined,
  };
}

/** The members of a profile that are not what they were; an address always with what vouches for it. */
function changesOf(known: ExternalProfile, told: ExternalProfile): ExternalProfile {
  const { email, isEmailVerified, username, firstName, lastName } = told;
  const isNewAddress = email !== known.email || isEmailVerified !== known.isEmailVerified;
  return {
    ...(isNewAddress && email !== undefined && { email }),
    ...(isEmailVerified !== undefined && { isEmailVerified }),
    ...(username !== undefined && username !== known.username && { username }),
    ...(firstName !== undefined && firstName !== known.firstName && { firstName }),
    ...(lastName !== undefined && lastName !== known.lastName && { lastName }),
  };
}
