import type { MessageId, RunId, SessionId, TeamId, UserId } from '#shared/ids';
import type { RunHold } from './run-hold.ts';
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

export type TakenRun = RunIdentity &
  RunHold & {
    /** It goes on without a reader. */
    readonly isBackground: boolean;
    /** What was told before this process had the run. */
    readonly formerEvents: readonly string[];
  };

/** A run that this process is working on. */
export type ActiveRun = RunIdentity &
  RunHold & {
    readonly log: RunLog;
    readonly signal: AbortSignal;
    /** The last event that is in the database, where others may be in a faster log. */
    savedEventId: number;
    /** From here on, what is left of the log is written together with the run's end. */
    isFinishing: boolean;
    stop(reason: StopReason): void;
    stopReason(): StopReason | undefined;
    /** Counts a reader in; the result counts it out, and stops the run when nobody follows it for the grace time. */
    attach(graceSeconds: number): () => void;
    /** Somebody follows from elsewhere: the grace time begins anew. */
    extendGrace(): void;
    end(): void;
    /** It ends here, and goes on elsewhere. */
    lose(): void;
    isLost(): boolean;
    readonly ended: Promise<void>;
  };

export type ActiveRuns = ReturnType<typeof createActiveRuns>;

const MS_PER_SECOND = 1000;

export type ActiveRunsDependencies = {
  readonly graceSeconds: number;
  /** A run has something to store. */
  readonly onAppend: () => void;
};

/** The runs of this process by their ids. */
export function createActiveRuns({ graceSeconds, onAppend }: ActiveRunsDependencies) {
  const runs = new Map<RunId, ActiveRun>();
  return {
    /** Takes on a run; nobody follows it yet, so its grace time begins. */
    add(taken: TakenRun): ActiveRun {
      const onEnd = () => void (runs.get(run.id) === run && runs.delete(run.id));
      const run = createActiveRun(taken, { graceSeconds, onAppend, onEnd });
      runs.set(run.id, run);
      return run;
    },
    get: (id: RunId) => runs.get(id),
    list: () => [...runs.values()],
  };
}

type Life = ActiveRunsDependencies & { readonly onEnd: () => void };

function createActiveRun(
  { formerEvents, isBackground, ...identity }: TakenRun,
  { graceSeconds, onAppend, onEnd }: Life,
): ActiveRun {
  const controller = new AbortController();
  const log = createRunLog({ formerEvents, onAppend });
  let isLost = false;
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
    if (isBackground || readers > 0 || log.isEnded()) return;
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
    savedEventId: formerEvents.length,
    isFinishing: false,
    stop,
    stopReason: () => stopReason,
    attach,
    extendGrace: () => beginGrace(graceSeconds),
    end,
    lose() {
      isLost = true;
      end();
    },
    isLost: () => isLost,
    ended: ending.promise,
  };
}
