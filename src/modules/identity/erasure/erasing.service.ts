import type { Clock } from '#platform/clock/clock';
import type { Scope, UnitOfWork } from '#platform/db/database';
import { AppError } from '#platform/errors/app-error';
import type { JobWriter } from '#platform/queue/job-queue';
import type { ErasureId, UserId } from '#shared/ids';
import type { AuditPseudonyms } from '../audit/audit-pseudonyms.service.ts';
import type { CredentialService } from '../auth/credentials.service.ts';
import type { AccountRowsRepository } from './account-rows.repository.ts';
import type { DeparturesRepository } from './departures.repository.ts';
import { eraseUser } from './erase-user.job.ts';
import type { ErasureRecord, ErasuresRepository } from './erasures.repository.ts';
import { addTallies, type Leaver, type Pace, type UserEraser } from './user-eraser.ts';

export type ErasingServiceDependencies = {
  readonly erasures: () => ErasuresRepository;
  readonly departures: () => Pick<DeparturesRepository, 'findEmail' | 'findHeir'>;
  readonly accountRows: () => Pick<AccountRowsRepository, 'listSubjects'>;
  readonly unitOfWork: UnitOfWork<{
    departures: Pick<DeparturesRepository, 'remove'>;
    erasures: Pick<ErasuresRepository, 'finish' | 'touch'>;
    jobs: JobWriter;
  }>;
  /** The account's own rows, which go after everybody else's. */
  readonly accountEraser: UserEraser;
  readonly auditPseudonyms: AuditPseudonyms;
  readonly credentials: Pick<CredentialService, 'forgetAccount'>;
  readonly clock: Clock;
};

type Unfinished = ErasureRecord & { readonly userId: UserId; readonly pseudonym: string };

const SYSTEM: Scope = { kind: 'system' };
const SIGN_OF_LIFE_MS = 30_000;
/** Well past the queue's own retries, which come first. */
const SILENT_SECONDS = 600;
const SWEEP_LIMIT = 20;
/** How long somebody may ask what went. */
const KEPT_SECONDS = 30 * 86_400;

/** The work behind an erasure: every part of it may be repeated, and the user's row goes last of all. */
export function createErasingService(dependencies: ErasingServiceDependencies) {
  const { erasures, departures, unitOfWork, accountEraser, auditPseudonyms } = dependencies;
  const { accountRows, credentials, clock } = dependencies;
  const erasers: UserEraser[] = [];
  const all = () => [...erasers, accountEraser];

  async function heirOf(teamId: Parameters<Leaver['heirOf']>[0], leaver: UserId): Promise<UserId> {
    const heir = await departures().findHeir(teamId, leaver);
    if (!heir) throw teamVanishing(teamId);
    return heir;
  }

  async function leaverOf({ userId, teamIds }: Unfinished): Promise<Leaver> {
    const email = await departures().findEmail(userId);
    const known = await accountRows().listSubjects(userId);
    const subjects = known.map(({ subject }) => subject);
    return { userId, email, subjects, teamIds, heirOf: (teamId) => heirOf(teamId, userId) };
  }

  function paceOf(id: ErasureId, signal: AbortSignal): Pace {
    let shownAt = clock.now().getTime();
    return async () => {
      signal.throwIfAborted();
      const now = clock.now().getTime();
      if (now - shownAt < SIGN_OF_LIFE_MS) return;
      shownAt = now;
      await erasures().touch(id);
    };
  }

  async function count(id: ErasureId, leaver: Leaver): Promise<void> {
    const tallies = [];
    for (const eraser of all()) tallies.push(await eraser.count(leaver));
    await erasures().saveTally(id, addTallies(tallies));
  }

  /** Fails, and is tried again from the start, if something of the user came into being meanwhile. */
  async function finish({ id, userId, teamIds }: Unfinished): Promise<void> {
    await unitOfWork.run(SYSTEM, async (repositories) => {
      await repositories.erasures.finish(id);
      await repositories.departures.remove(userId, teamIds);
    });
    await credentials.forgetAccount(userId);
  }

  return {
    /** Modules add theirs in the order in which they are to go: what refers before what is referred to. */
    addEraser(eraser: UserEraser): void {
      erasers.push(eraser);
    },

    async run(id: ErasureId, signal: AbortSignal): Promise<void> {
      const erasure = await erasures().find(id);
      if (!erasure || !isUnfinished(erasure)) return;
      const leaver = await leaverOf(erasure);
      if (!erasure.tally) await count(id, leaver);
      const pace = paceOf(id, signal);
      for (const eraser of all()) {
        await pace();
        await eraser.erase(leaver, pace);
      }
      await auditPseudonyms.replace(erasure, pace);
      await finish(erasure);
    },

    /** Takes up erasures whose jobs died for good, and forgets those that nobody asks about any more. */
    async sweep(): Promise<void> {
      for (const erasureId of await erasures().listStale(SILENT_SECONDS, SWEEP_LIMIT)) {
        await unitOfWork.run(SYSTEM, async (repositories) => {
          await repositories.erasures.touch(erasureId);
          await repositories.jobs.enqueue(eraseUser, { erasureId });
        });
      }
      await erasures().deleteFinished(KEPT_SECONDS);
    },
  };
}

function isUnfinished(erasure: ErasureRecord): erasure is Unfinished {
  return erasure.finishedAt === null && erasure.userId !== null && erasure.pseudonym !== null;
}

/** A deleted team has no members, and soon is gone. */
function teamVanishing(id: string): AppError {
  return new AppError('unavailable', `Team "${id}" is being deleted`, { retryable: true });
}
