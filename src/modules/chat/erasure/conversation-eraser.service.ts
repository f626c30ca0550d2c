import { NOTHING, type Leaver, type Pace, type UserEraser } from '#modules/identity';
import { AppError } from '#platform/errors/app-error';
import type { SessionId } from '#shared/ids';
import type { CheckpointsRepository } from '../agent/checkpoints.repository.ts';
import type { ActiveRuns } from '../runs/active-runs.ts';
import type { RunTakeover } from '../runs/run-takeover.service.ts';
import type { ConversationsRepository } from './conversations.repository.ts';

export type ConversationEraserDependencies = {
  readonly conversations: () => ConversationsRepository;
  readonly checkpoints: () => Pick<CheckpointsRepository, 'deleteThread'>;
  readonly activeRuns: Pick<ActiveRuns, 'get'>;
  readonly takeover: Pick<RunTakeover, 'sweepRuns'>;
  readonly wait: (milliseconds: number) => Promise<unknown>;
};

const BATCH = 500;
const SESSION_BATCH = 50;
const POLL_MS = 100;
/** Longer than the process that runs a run takes to notice that it is to stop. */
const MAX_POLLS = 300;

/**
 * Removes a user's conversations: sessions, messages and feedback on them, runs and their events, what the agent remembers
 * of them, and what is remembered of the user.
 */
export function createConversationEraser(dependencies: ConversationEraserDependencies): UserEraser {
  const { conversations, checkpoints, activeRuns, takeover, wait } = dependencies;

  /** A run that went on would write after its session is gone. */
  async function stopRuns(leaver: Leaver, pace: Pace): Promise<void> {
    for (let poll = 0; poll < MAX_POLLS; poll += 1) {
      const running = await conversations().requestStop(leaver);
      if (running.length === 0) return;
      for (const id of running) activeRuns.get(id)?.stop('cancelled');
      await takeover.sweepRuns();
      await pace();
      await wait(POLL_MS);
    }
    throw new AppError('conflict', 'Runs of the user do not stop', { retryable: true });
  }

  async function removeSessions(leaver: Leaver, pace: Pace): Promise<void> {
    const removed: SessionId[] = [];
    let some = await conversations().removeSessions(leaver, SESSION_BATCH);
    while (some.length > 0) {
      removed.push(...some);
      await pace();
      some = await conversations().removeSessions(leaver, SESSION_BATCH);
    }
    // A run that another process just ended may have saved its state after the session was gone.
    for (const id of removed) await checkpoints().deleteThread(id);
  }

  return {
    count: async (leaver: Leaver) => ({
      ...NOTHING,
      removed: await conversations().count(leaver),
    }),

    async erase(leaver: Leaver, pace: Pace) {
      await stopRuns(leaver, pace);
      const all = conversations();
      await all.removeMemories(leaver);
      const steps = [all.removeRunEvents, all.removeMessages];
      for (const step of steps) {
        while ((await step(leaver, BATCH)) === BATCH) await pace();
      }
      await removeSessions(leaver, pace);
    },
  };
}
