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
} from '../users/account-opening.service.ts';
import type { NewUser } from '../users/users.repository.ts';
import { externalUserKey } from './external-user-key.ts';
import { changedProfile, type ExternalProfile } from './external-profile.ts';
import type {
  ExternalSubject,
  IdentitiesRepository,
  IdentityRecord,
} from './identities.repository.ts';

/** What an issuer says of a subject, and when it said so. */
export type ToldUser = ExternalSubject & { readonly profile: ExternalProfile; readonly at: Date };

export type ExternalUserServiceDependencies = {
  readonly identities: () => Pick<IdentitiesRepository, 'find'>;
  readonly unitOfWork: UnitOfWork<
    AccountOpeningRepositories & { identities: IdentitiesRepository }
  >;
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

/** Somebody made the identity meanwhile: what was done for it is taken back. */
class IdentityTaken extends Error {}

export type ExternalUserService = ReturnType<typeof createExternalUserService>;

/** Users whom an issuer knows: made when it first tells of them, and kept as it tells. */
export function createExternalUserService(dependencies: ExternalUserServiceDependencies) {
  const { identities, unitOfWork, cache, cacheSeconds, credentials, authLog, clock } = dependencies;

  /** @throws UNAUTHORIZED for somebody erased since, FORBIDDEN while registration is not open */
  async function findOrCreate(told: ToldUser): Promise<IdentityRecord> {
    const known = await identities().find(told);
    if (known) return known;
    try {
      return await create(told);
    } catch (error) {
      const made = error instanceof IdentityTaken ? await identities().find(told) : undefined;
      if (!made) throw error;
      return made;
    }
  }

  async function create(told: ToldUser): Promise<IdentityRecord> {
    const account = planAccount(accountOf(told.profile, clock.now()));
    const { id: userId, personalTeamId } = account;
    await unitOfWork.run(teamScope(personalTeamId), async (repositories) => {
      const erasedAt = await repositories.identities.findErasure(told);
      if (erasedAt && told.at <= new Date(erasedAt)) throw unauthenticated('erased_account');
      assertMaySignUp(dependencies.registrationMode, { isInvited: false });
      await openAccount(repositories, account).catch((error: unknown) => {
        if (!isAppError(error, 'duplicate')) throw error;
        // The address is somebody's already, so this user is without one.
        return openAccount(repositories, { ...account, email: null, emailVerifiedAt: undefined });
      });
      const identity = { ...told, id: newId<IdentityId>(), userId, claimsAt: told.at };
      if (!(await repositories.identities.insert(identity))) throw new IdentityTaken();
    });
    authLog.succeeded('register', { userId, provider: 'external' });
    return { userId, profile: told.profile, claimsAt: told.at.toISOString() };
  }

  async function renew(told: ToldUser, known: IdentityRecord): Promise<void> {
    const profile = { ...known.profile, ...told.profile };
    await unitOfWork.run(NO_SCOPE, async (repositories) => {
      const isNewer = await repositories.identities.renew(told, { profile, claimsAt: told.at });
      if (!isNewer) return;
      const changes = changesOf(known.profile, profile);
      await repositories.identities.updateUser(known.userId, changes, clock.now());
    });
    await cache.delete(externalUserKey(told));
    await credentials.forgetAccount(known.userId);
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
      const isNews =
        told.at > new Date(known.claimsAt) && changedProfile(known.profile, told.profile);
      if (isNews) await renew(told, known);
      return known.userId;
    },

    /** On the issuer's word, whatever order its words arrive in. @throws as `signIn` */
    async save(told: ToldUser): Promise<void> {
      const known = await findOrCreate(told);
      if (told.at > new Date(known.claimsAt)) await renew(told, known);
    },

    /** On the issuer's word; nothing older makes the user anew. */
    async erase(told: Omit<ToldUser, 'profile'>): Promise<void> {
      const known = await identities().find(told);
      if (known) await dependencies.eraseUser(known.userId);
      await unitOfWork.run(NO_SCOPE, (repositories) =>
        repositories.identities.rememberErasure(told, told.at),
      );
      await cache.delete(externalUserKey(told));
      if (known) await credentials.forgetAccount(known.userId);
    },
  };
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
