import type { MessageId, RunId, SessionId, TeamId, UserId } from '#shared/ids';
import { createRunLog, type RunLog } from './run-log.ts';

/** Why a run was stopped before its answer was whole. */
export type StopReason = 'cancelled' | 'abandoned' | 'shutdown' | 'lost';

export type RunIdentity = {
  readonly id: RunId;
  readonly sessionId: SessionId;
  readonly answerId: MessageId;
  readonly teamId: TeamId;
  readonly userId: UserId;
  readonly model: string;
};

/** A run that this process is working on. */
export type ActiveRun = RunIdentity & {
  readonly log: RunLog;
  readonly signal: AbortSignal;
  /** The last event that is in the database. */
  flushedEventId: number;
  /** From here on, what is left of the log is written together with the run's end. */
  isFinishing: boolean;
  stop(reason: StopReason): void;
  stopReason(): StopReason | undefined;
  /** Counts a reader in; the result counts it out, and stops the run when nobody follows it for the grace time. */
  attach(graceSeconds: number): () => void;
  /** Somebody follows from elsewhere: the grace time begins anew. */
  extendGrace(): void;
  end(): void;
  readonly ended: Promise<void>;
};

export type ActiveRuns = ReturnType<typeof createActiveRuns>;

const MS_PER_SECOND = 1000;

/** The runs of this process by their ids. */
export function createActiveRuns({ graceSeconds }: { readonly graceSeconds: number }) {
  const runs = new Map<RunId, ActiveRun>();
  return {
    /** Takes on a run; nobody follows it yet, so its grace time begins. */
    add(identity: RunIdentity): ActiveRun {
      const run = createActiveRun(identity, {
        graceSeconds,
        onEnd: () => runs.delete(identity.id),
      });
      runs.set(run.id, run);
      return run;
    },
    get: (id: RunId) => runs.get(id),
    list: () => [...runs.values()],
  };
}

type Life = { readonly graceSeconds: number; readonly onEnd: () => void };

function createActiveRun(identity: RunIdentity, { graceSeconds, onEnd }: Life): ActiveRun {
  const controller = new AbortController();
  const log = createRunLog();
  const ending = Promise.withResolvers<void>();
  let stopReason: StopReason | undefined;
  let readers = 0;
  let timer: NodeJS.Timeout | undefined;

  function stop(reason: StopReason): void {
    if (controller.signal.aborted || log.isEnded()) return;
    stopReason = reason;
    controller.abort();
  }

  function beginGrace(seconds: number): void {
    clearTimeout(timer);
    if (readers > 0 || log.isEnded()) return;
    timer = setTimeout(() => stop('abandoned'), seconds * MS_PER_SECOND);
    timer.unref();
  }

  function attach(leaveGraceSeconds: number): () => void {
    readers += 1;
    clearTimeout(timer);
    return () => {
      readers -= 1;
      beginGrace(leaveGraceSeconds);
    };
  }

  function end(): void {
    log.end();
    clearTimeout(timer);
    onEnd();
    ending.resolve();
  }

  beginGrace(graceSeconds);
  return {
    ...identity,
    log,
    signal: controller.signal,
    flushedEventId: 0,
    isFinishing: false,
    stop,
    stopReason: () => stopReason,
    attach,
    extendGrace: () => beginGrace(graceSeconds),
    end,
    ended: ending.promise,
  };
}
