import type { TeamId } from '#shared/ids';
import type { ActiveRun } from './active-runs.ts';
import { runLost } from './conclude-answer.ts';
import type { EventFlusher } from './event-flusher.ts';
import type { RunTransitionsRepository } from './run-transitions.repository.ts';
import type { SharedRunEvents } from './shared-run-events.ts';

/** Puts a run aside until a human has decided: no process holds it, and its readers wait. Undefined, or what is the obstacle. */
export type SuspendRun = (run: ActiveRun) => Promise<unknown>;

export type SuspendRunDependencies = {
  readonly flusher: Pick<EventFlusher, 'release'>;
  readonly transitionsOf: (teamId: TeamId) => Pick<RunTransitionsRepository, 'suspend'>;
  readonly sharedEvents: SharedRunEvents | undefined;
};

export function createSuspendRun(dependencies: SuspendRunDependencies): SuspendRun {
  const { flusher, transitionsOf, sharedEvents } = dependencies;

  async function suspend(run: ActiveRun): Promise<unknown> {
    const { id: runId, attempts, teamId, log } = run;
    if (run.stopReason() === 'lost') return runLost();
    log.append({ type: 'status', status: 'waiting' });
    const events = log.allAfter(0)?.events ?? [];
    try {
      if (!(await transitionsOf(teamId).suspend({ runId, attempts, events }))) return runLost();
      await sharedEvents?.remove({ runId, attempts }).catch(() => undefined);
      return undefined;
    } catch (error) {
      // The run's lease passes, and who takes it up asks again.
      return error;
    }
  }

  return async (run) => {
    await flusher.release(run);
    const obstacle = await suspend(run);
    // Readers go on with what is stored.
    run.lose();
    return obstacle;
  };
}
