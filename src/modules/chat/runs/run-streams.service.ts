import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '#platform/clock/clock';
import { notFound } from '#platform/errors/app-error';
import type { Metrics } from '#platform/telemetry/metrics';
import type { Actor, Tier } from '#shared/actor';
import type { RunId, TeamId } from '#shared/ids';
import type { ActiveRun, ActiveRuns } from './active-runs.ts';
import type { EventBatch } from './event-batch.ts';
import type { RunEventsRepository, RunProgress } from './run-events.repository.ts';
import { followLog, type Reading } from './run-log.ts';
import type { RunRecord, RunsRepository, RunStatus } from './runs.repository.ts';
import type { SharedRunEvents } from './shared-run-events.ts';

export type RunStreams = ReturnType<typeof createRunStreams>;

/** Reads a run's events from a point on, until the run has ended or the reader is gone. */
export type RunReader = (signal: AbortSignal) => AsyncIterable<EventBatch>;

export type RunStreamsDependencies = {
  readonly activeRuns: Pick<ActiveRuns, 'get'>;
  readonly runsOf: (teamId: TeamId) => RunsRepository;
  readonly runEventsOf: (teamId: TeamId) => RunEventsRepository;
  readonly sharedEvents: SharedRunEvents | undefined;
  readonly clock: Clock;
  readonly settings: { readonly graceSeconds: number; readonly retentionMinutes: number };
  readonly metrics: Pick<Metrics, 'chatStreamsInProgress'>;
};

export type FollowInput = { readonly runId: RunId; readonly afterEventId: number };

const UNFINISHED: ReadonlySet<RunStatus> = new Set(['queued', 'running', 'waiting']);
const POLL_MS = 250;
/** A human takes longer than a process. */
const WAITING_POLL_MS = 1000;
const MS_PER_SECOND = 1000;
const MS_PER_MINUTE = 60_000;
/** A follower in another process must be seen well before the grace time is over. */
const SIGNS_PER_GRACE = 3;

/** Streams of runs: from this process's memory while it runs them, else from what all processes share. */
export function createRunStreams(dependencies: RunStreamsDependencies) {
  const { activeRuns, runsOf, runEventsOf, sharedEvents, clock, settings, metrics } = dependencies;

  /** Wherever the run is, and wherever it goes: each event once, in order. */
  async function* follow(
    actor: Actor,
    { runId, afterEventId, signal, run }: FollowInput & Reading & { run: ActiveRun | undefined },
  ): AsyncGenerator<EventBatch> {
    const showPresence = presenceOf(actor, runId);
    let lastEventId = afterEventId;
    let running = run;
    while (!signal.aborted) {
      for await (const batch of running ? followHere(running, lastEventId, signal) : []) {
        yield batch;
        lastEventId += batch.events.length;
      }
      if (running && !running.isLost()) return;
      const { batches, isOver, pollMs } = await readStored(actor, {
        runId,
        afterEventId: lastEventId,
      });
      for (const batch of batches) {
        const unread = batchAfter(batch, lastEventId);
        if (unread.events.length > 0) yield unread;
        lastEventId += unread.events.length;
      }
      if (isOver) return;
      await showPresence();
      await sleep(pollMs, undefined, { signal }).catch(() => {});
      running = activeRuns.get(runId);
    }
  }

  async function* followHere(run: ActiveRun, afterEventId: number, signal: AbortSignal) {
    const detach = run.attach(settings.graceSeconds);
    try {
      yield* followLog(run.log, { afterEventId, signal });
    } finally {
      detach();
    }
  }

  /** The status is read together with the events, so none can come after the end that it tells. */
  async function readStored({ teamId }: Actor, { runId, afterEventId }: FollowInput) {
    const progress = await runEventsOf(teamId).readProgress(runId, afterEventId);
    if (!progress || !UNFINISHED.has(progress.status)) {
      return { batches: progress?.batches ?? [], isOver: true, pollMs: POLL_MS };
    }
    const pollMs = progress.status === 'waiting' ? WAITING_POLL_MS : POLL_MS;
    return { batches: await withShared(runId, afterEventId, progress), isOver: false, pollMs };
  }

  /** What another process has told, and the database does not have yet. */
  async function withShared(
    runId: RunId,
    afterEventId: number,
    { batches, attempts }: RunProgress,
  ): Promise<readonly EventBatch[]> {
    if (!sharedEvents) return batches;
    const shared = sharedEvents.read({ runId, attempts }, afterEventId);
    return [...batches, ...(await shared.catch(() => []))];
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

  function readerOf(
    actor: Actor,
    input: FollowInput & { readonly model: string; readonly run: ActiveRun | undefined },
  ): RunReader {
    return async function* read(signal) {
      const leave = enter(input.model, actor.tier);
      try {
        yield* follow(actor, { ...input, signal });
      } finally {
        leave();
      }
    };
  }

  return {
    /** The reader of a run that this process has just begun. */
    readLive: (actor: Actor, run: ActiveRun): RunReader =>
      readerOf(actor, { runId: run.id, afterEventId: 0, model: run.model, run }),

    /** The reader of a run that waits for its turn. */
    readQueued: (actor: Actor, { id, model }: Pick<ActiveRun, 'id' | 'model'>): RunReader =>
      readerOf(actor, { runId: id, afterEventId: 0, model, run: undefined }),

    /** The reader of an own run. @throws NOT_FOUND for another's, or one that ended too long ago. */
    async follow(actor: Actor, { runId, afterEventId }: FollowInput): Promise<RunReader> {
      const active = activeRuns.get(runId);
      if (active?.userId === actor.userId && active.teamId === actor.teamId) {
        return readerOf(actor, { runId, afterEventId, model: active.model, run: active });
      }
      const run = await runsOf(actor.teamId).find(runId, actor.userId);
      if (!run || isExpired(run)) throw notFound('stream', runId);
      return readerOf(actor, { runId, afterEventId, model: run.model, run: undefined });
    },
  };
}

/** Without what a reader has; nothing where something between is missing. */
function batchAfter({ firstEventId, events }: EventBatch, eventId: number): EventBatch {
  if (firstEventId > eventId + 1) return { firstEventId, events: [] };
  return { firstEventId: eventId + 1, events: events.slice(eventId + 1 - firstEventId) };
}
