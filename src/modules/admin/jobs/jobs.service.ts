import { assertAdministrator, auditedActor, type AuditWriter } from '#modules/identity';
import type { Scope, UnitOfWork } from '#platform/db/database';
import { AppError, notFound } from '#platform/errors/app-error';
import type {
  JobInspector,
  JobListing,
  JobOperator,
  JobRecord,
  JobState,
  QueueCounts,
} from '#platform/queue/job-inspector';
import { DEAD_LETTER_QUEUE } from '#platform/queue/queue-schema';
import type { Actor } from '#shared/actor';
import type { Page } from '#shared/page';

export type JobServiceDependencies = {
  readonly inspector: Pick<JobInspector, 'listQueues' | 'list' | 'find'>;
  readonly unitOfWork: UnitOfWork<{ readonly jobs: JobOperator; readonly auditLog: AuditWriter }>;
};

type OfJob = { readonly id: string };

const NO_SCOPE: Scope = { kind: 'none' };
const ENDED_BADLY: ReadonlySet<JobState> = new Set(['failed', 'cancelled']);
const UNFINISHED: ReadonlySet<JobState> = new Set(['created', 'retry', 'active']);

export type JobService = ReturnType<typeof createJobService>;

/** Operators' view of the background jobs. */
export function createJobService({ inspector, unitOfWork }: JobServiceDependencies) {
  async function get({ id }: OfJob): Promise<JobRecord> {
    return (await inspector.find(id)) ?? raiseNotFound(id);
  }

  async function operate(
    actor: Actor,
    job: OfJob,
    act: { readonly name: 'retry' | 'cancel'; readonly mayBe: (job: JobRecord) => boolean },
  ): Promise<void> {
    assertAdministrator(actor);
    const { id } = await get(job);
    await unitOfWork.run(NO_SCOPE, async ({ jobs, auditLog }) => {
      const found = (await jobs.lock(id)) ?? raiseNotFound(id);
      if (!act.mayBe(found)) throw wrongState(found);
      await jobs[act.name](found);
      await auditLog.insert({
        ...auditedActor(actor),
        action: act.name === 'retry' ? 'job.retried' : 'job.cancelled',
        target: { type: 'job', id },
        before: { queue: found.queue, state: found.state },
      });
    });
  }

  return {
    /** @throws FORBIDDEN */
    async listQueues(actor: Actor): Promise<readonly QueueCounts[]> {
      assertAdministrator(actor);
      return inspector.listQueues();
    },

    /** @throws FORBIDDEN */
    async list(actor: Actor, listing: JobListing): Promise<Page<JobRecord>> {
      assertAdministrator(actor);
      return inspector.list(listing);
    },

    /** @throws FORBIDDEN, NOT_FOUND */
    async get(actor: Actor, job: OfJob): Promise<JobRecord> {
      assertAdministrator(actor);
      return get(job);
    },

    /** @throws FORBIDDEN, NOT_FOUND, CONFLICT for one that neither failed nor was cancelled */
    async retry(actor: Actor, job: OfJob): Promise<void> {
      await operate(actor, job, { name: 'retry', mayBe: mayBeRetried });
    },

    /** @throws FORBIDDEN, NOT_FOUND, CONFLICT for one that has ended */
    async cancel(actor: Actor, job: OfJob): Promise<void> {
      await operate(actor, job, { name: 'cancel', mayBe: ({ state }) => UNFINISHED.has(state) });
    },
  };
}

function mayBeRetried({ queue, state }: JobRecord): boolean {
  // A dead letter waits in its queue as if it were new.
  return queue === DEAD_LETTER_QUEUE ? state === 'created' : ENDED_BADLY.has(state);
}

function wrongState({ state }: JobRecord): AppError {
  return new AppError('conflict', `The job is ${state}`, { reason: 'job.wrong_state' });
}

function raiseNotFound(id: string): never {
  throw notFound('job', id);
}
