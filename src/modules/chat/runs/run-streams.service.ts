import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '#platform/clock/clock';
import { notFound } from '#platform/errors/app-error';
import type { Metrics } from '#platform/telemetry/metrics';
import type { Actor, Tier } from '#shared/actor';
import type { RunId, TeamId } from '#shared/ids';
import type { ActiveRun, ActiveRuns } from './active-runs.ts';
import type { EventBatch, RunEventsRepository } from './run-events.repository.ts';
import { followLog, type Reading } from './run-log.ts';
import type { RunRecord, RunsRepository } from './runs.repository.ts';

export type RunStreams = ReturnType<typeof createRunStreams>;

/** Reads a run's events from a point on, until the run has ended or the reader is gone. */
export type RunReader = (signal: AbortSignal) => AsyncIterable<EventBatch>;

export type RunStreamsDependencies = {
  readonly activeRuns: ActiveRuns;
  readonly runsOf: (teamId: TeamId) => RunsRepository;
  readonly runEventsOf: (teamId: TeamId) => RunEventsRepository;
  readonly clock: Clock;
  readonly settings: { readonly graceSeconds: number; readonly retentionMinutes: number };
  readonly metrics: Pick<Metrics, 'chatStreamsInProgress'>;
};

export type FollowInput = { readonly runId: RunId; readonly afterEventId: number };

type Following = FollowInput & Reading;

const POLL_MS = 250;
const MS_PER_SECOND = 1000;
const MS_PER_MINUTE = 60_000;
/** A follower in another process must be seen well before the grace time is over. */
const SIGNS_PER_GRACE = 3;

/** Streams of runs, live from this process's memory or from the database where another process runs them. */
export function createRunStreams(dependencies: RunStreamsDependencies) {
  const { activeRuns, runsOf, runEventsOf, clock, settings, metrics } = dependencies;

  /** The status is read together with the events, so none can come after the end that it tells. */
  async function* followStored(actor: Actor, { runId, afterEventId, signal, onEnd }: Following) {
    const showPresence = presenceOf(actor, runId);
    let lastEventId = afterEventId;
    try {
      while (!signal.aborted) {
        const progress = await runEventsOf(actor.teamId).readProgress(runId, lastEventId);
        for (const batch of progress?.batches ?? []) {
          const unread = batchAfter(batch, lastEventId);
          lastEventId += unread.events.length;
          yield unread;
        }
        if (progress?.status !== 'running') return;
        await showPresence();
        await sleep(POLL_MS, undefined, { signal }).catch(() => {});
      }
    } finally {
      onEnd();
    }
  }

  function presenceOf(actor: Actor, runId: RunId): () => Promise<void> {
    const intervalMs = (settings.graceSeconds * MS_PER_SECOND) / SIGNS_PER_GRACE;
    let shownAt = -Infinity;
    return async () => {
      const now = clock.now().getTime();
      if (now - shownAt < intervalMs) return;
      shownAt = now;
      await runsOf(actor.teamId).markWatched(runId);
    };
  }

  /** Counts a reader in; the result counts it out. */
  function enter(model: string, tier: Tier): () => void {
    metrics.chatStreamsInProgress.inc({ model, tier });
    return () => metrics.chatStreamsInProgress.dec({ model, tier });
  }

  function isExpired({ finishedAt }: RunRecord): boolean {
    if (finishedAt === null) return false;
    const endedMs = clock.now().getTime() - Date.parse(finishedAt);
    return endedMs > settings.retentionMinutes * MS_PER_MINUTE;
  }

  function readLive(run: ActiveRun, tier: Tier, afterEventId = 0): RunReader {
    return (signal) => {
      const detach = run.attach(settings.graceSeconds);
      const leave = enter(run.model, tier);
      const onEnd = () => {
        leave();
        detach();
      };
      return followLog(run.log, { afterEventId, signal, onEnd });
    };
  }

  return {
    /** The reader of a run that this process has just begun. */
    readLive,

    /** The reader of an own run. @throws NOT_FOUND for another's, or one that ended too long ago. */
    async follow(actor: Actor, { runId, afterEventId }: FollowInput): Promise<RunReader> {
      const active = activeRuns.get(runId);
      if (active?.userId === actor.userId && active.teamId === actor.teamId) {
        return readLive(active, actor.tier, afterEventId);
      }
      const run = await runsOf(actor.teamId).find(runId, actor.userId);
      if (!run || isExpired(run)) throw notFound('stream', runId);
      return (signal) => {
        const onEnd = enter(run.model, actor.tier);
        return followStored(actor, { runId, afterEventId, signal, onEnd });
      };
    },
  };
}

function batchAfter({ firstEventId, events }: EventBatch, eventId: number): EventBatch {
  const known = Math.max(0, eventId + 1 - firstEventId);
  return { firstEventId: firstEventId + known, events: events.slice(known) };
}
