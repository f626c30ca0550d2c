import type { Clock } from '#platform/clock/clock';
import type { Scope, UnitOfWork } from '#platform/db/database';
import { AppError, notFound } from '#platform/errors/app-error';
import type { JobWriter } from '#platform/queue/job-queue';
import type { Actor } from '#shared/actor';
import { newId, type ErasureId, type UserId } from '#shared/ids';
import type { AdministeredUsersRepository } from '../administration/administered-users.repository.ts';
import type { AuditLogRepository } from '../audit/audit-log.repository.ts';
import { auditedActor } from '../audit/audit-entry.ts';
import { assertInPerson } from '../auth/assert-in-person.ts';
import type { AuthSessionsRepository } from '../auth/auth-sessions.repository.ts';
import type { CredentialService } from '../auth/credentials.service.ts';
import type { PasswordProof } from '../users/password-proof.service.ts';
import type { DeparturesRepository } from './departures.repository.ts';
import { eraseUser } from './erase-user.job.ts';
import type { ErasureRecord, ErasuresRepository } from './erasures.repository.ts';
import { planDeparture, type Departure } from './plan-departure.ts';

export type ErasureServiceDependencies = {
  readonly erasures: () => Pick<ErasuresRepository, 'find'>;
  readonly unitOfWork: UnitOfWork<{
    administeredUsers: Pick<AdministeredUsersRepository, 'lockActiveAdmins'>;
    departures: DeparturesRepository;
    erasures: ErasuresRepository;
    authSessions: Pick<AuthSessionsRepository, 'revokeAll'>;
    auditLog: AuditLogRepository;
    jobs: JobWriter;
  }>;
  readonly credentials: Pick<CredentialService, 'forgetAccount' | 'forgetAuthSessions'>;
  readonly passwordProof: PasswordProof;
  readonly wait: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  readonly clock: Clock;
  readonly settings: { readonly erasureWaitSeconds: number };
};

export type EraseUserInput = {
  readonly userId: UserId;
  /** Who wants it; undefined for the service itself, such as on the word of an identity provider. */
  readonly actor?: Actor | undefined;
  /** Nobody can refuse: a team without another owner gets its most senior member for one. */
  readonly isForced?: boolean;
};

const SYSTEM: Scope = { kind: 'system' };
const POLL_MS = 50;
const MS_PER_SECOND = 1000;

export type ErasureService = ReturnType<typeof createErasureService>;

export function createErasureService(dependencies: ErasureServiceDependencies) {
  const { erasures, unitOfWork, credentials, passwordProof, wait, clock, settings } = dependencies;

  async function get(id: ErasureId): Promise<ErasureRecord> {
    const erasure = await erasures().find(id);
    if (!erasure) throw notFound('erasure', id);
    return erasure;
  }

  /** Waits a bounded time: what is longer goes on by itself. */
  async function waitFor(id: ErasureId, signal: AbortSignal): Promise<ErasureRecord> {
    let erasure = await get(id);
    const polls = (settings.erasureWaitSeconds * MS_PER_SECOND) / POLL_MS;
    for (let poll = 0; poll < polls && !erasure.finishedAt && !signal.aborted; poll += 1) {
      await wait(POLL_MS, signal);
      erasure = await get(id);
    }
    return erasure;
  }

  /**
   * Shuts the user out at once and has everything of theirs erased; once is enough.
   * @throws NOT_FOUND, CONFLICT (`team.last_owner`, `user.last_admin`) unless forced
   */
  async function begin({ userId, actor, isForced = false }: EraseUserInput): Promise<ErasureId> {
    const { id, revoked, promoted } = await unitOfWork.run(SYSTEM, async (repositories) => {
      const { departures, authSessions } = repositories;
      const admins = await repositories.administeredUsers.lockActiveAdmins();
      if (!(await departures.lockUser(userId))) throw notFound('user', userId);
      const running = await repositories.erasures.findOfUser(userId);
      if (running) return { id: running.id, revoked: [], promoted: [] };
      if (admins.length === 1 && admins[0] === userId && !isForced) throw lastAdmin();
      const departure = planDeparture(await departures.lockMemberships(userId));
      if (departure.ownerless.length > 0 && !isForced) throw lastOwner(departure);
      const heirs = [];
      for (const teamId of departure.ownerless)
        heirs.push(...(await departures.promoteHeir(teamId, userId)));
      await departures.leave(userId, departure.staying);
      await departures.deactivate(userId);
      const revocation = { at: clock.now(), reason: 'account_erased' } as const;
      const ended = await authSessions.revokeAll(userId, revocation);
      const stored = await store({ userId, actor, departure }, repositories);
      return { id: stored, revoked: ended, promoted: heirs };
    });
    await credentials.forgetAuthSessions(revoked);
    await Promise.all([userId, ...promoted].map((changed) => credentials.forgetAccount(changed)));
    return id;
  }

  async function store(
    { userId, actor, departure }: EraseUserInput & { readonly departure: Departure },
    { erasures: all, auditLog, jobs }: Parameters<Parameters<typeof unitOfWork.run>[1]>[0],
  ): Promise<ErasureId> {
    const id = newId<ErasureId>();
    await all.insert({ id, userId, pseudonym: newId(), teamIds: departure.goingWith });
    await auditLog.insert({
      ...(actor ? auditedActor(actor) : { actorId: null }),
      action: 'account.erased',
      target: { type: 'user', id: userId },
      after: { teams_removed: departure.goingWith.length, teams_left: departure.staying.length },
    });
    await jobs.enqueue(eraseUser, { erasureId: id });
    return id;
  }

  return {
    begin,
    waitFor,
    get,

    /** @throws UNAUTHORIZED, FORBIDDEN, VALIDATION_ERROR for a wrong password, CONFLICT */
    async eraseMe(
      actor: Actor,
      { currentPassword }: { readonly currentPassword: string | undefined },
      signal: AbortSignal,
    ): Promise<ErasureRecord> {
      assertInPerson(actor);
      await passwordProof.assertWhereNeeded(actor, currentPassword, 'account_erasure');
      return waitFor(await begin({ userId: actor.userId, actor }), signal);
    },
  };
}

function lastOwner({ ownerless }: Departure): AppError {
  return new AppError('conflict', 'Make somebody else an owner of your teams with others first', {
    reason: 'team.last_owner',
    details: { team_ids: ownerless },
  });
}

function lastAdmin(): AppError {
  return new AppError('conflict', 'The last administrator cannot go: appoint another first', {
    reason: 'user.last_admin',
  });
}
