import { AppError, notFound } from '#platform/errors/app-error';
import type { Actor } from '#shared/actor';
import type { RunId, SessionId, TeamId } from '#shared/ids';
import { assertCanChat } from '../sessions/sessions.policy.ts';
import type { RunStreams } from './run-streams.service.ts';
import type { NotedRun, RunListing, SessionRunsRepository } from './session-runs.repository.ts';

export type { NotedRun } from './session-runs.repository.ts';
export type { RunStatus } from './runs.repository.ts';
export type SessionRunService = ReturnType<typeof createSessionRunService>;

export type SessionRunServiceDependencies = {
  readonly sessionRunsOf: (teamId: TeamId) => SessionRunsRepository;
  readonly streams: Pick<RunStreams, 'follow'>;
};

const PUT_ASIDE = JSON.stringify({ type: 'status', status: 'waiting' });

type RunKey = { readonly sessionId: SessionId; readonly id: RunId };

/** The runs of a session, which its reader has found before: they are looked after one by one. */
export function createSessionRunService({ sessionRunsOf, streams }: SessionRunServiceDependencies) {
  /** @throws NOT_FOUND, also for a run of another session */
  async function get({ teamId, userId }: Actor, { sessionId, id }: RunKey): Promise<NotedRun> {
    const run = await sessionRunsOf(teamId).find(id, userId);
    if (run?.sessionId !== sessionId) throw notFound('run', id);
    return run;
  }

  return {
    get,

    /** A run whose session is not known. @throws NOT_FOUND */
    async find({ teamId, userId }: Actor, { id }: Pick<RunKey, 'id'>): Promise<NotedRun> {
      const run = await sessionRunsOf(teamId).find(id, userId);
      if (!run) throw notFound('run', id);
      return run;
    },

    list: (
      { teamId }: Actor,
      { sessionId, ...listing }: RunListing & Pick<RunKey, 'sessionId'>,
    ): Promise<readonly NotedRun[]> => sessionRunsOf(teamId).list(sessionId, listing),

    /**
     * Returns when the run has ended, waits for a human, or its caller is gone: whoever waits counts as a reader.
     * @throws NOT_FOUND
     */
    async wait(actor: Actor, { signal, ...key }: RunKey & { readonly signal: AbortSignal }) {
      const { status } = await get(actor, key);
      if (status !== 'queued' && status !== 'running') return;
      const read = await streams.follow(actor, { runId: key.id, afterEventId: 0 });
      for await (const { events } of read(signal)) {
        const isAside = events.at(-1) === PUT_ASIDE;
        if (isAside && (await get(actor, key)).status === 'waiting') return;
      }
    },

    /** Forgets a run that has ended; what was said in it stays. @throws FORBIDDEN, NOT_FOUND, CONFLICT */
    async remove(actor: Actor, key: RunKey): Promise<void> {
      assertCanChat(actor);
      await get(actor, key);
      if (await sessionRunsOf(actor.teamId).removeEnded(key.id)) return;
      throw new AppError('conflict', `Run "${key.id}" has not ended; wait or cancel`, {
        reason: 'run.busy',
        details: { resource: 'run', id: key.id },
      });
    },
  };
}
