import { LRUCache } from 'lru-cache';
import type { SpendCall, SpendEstimate } from '#modules/ai';
import type { TeamId } from '#shared/ids';
import type { NewReservation } from './spending.repository.ts';

export type ReserveAheadDependencies = {
  /** Holds for a call that has not come yet; undefined where there is not plenty of room. */
  readonly hold: (call: SpendCall) => Promise<NewReservation | undefined>;
  readonly release: (reservation: NewReservation) => Promise<void>;
};

/** Calls of one payer that come faster than this find the next one's reservation ready. */
const BUSY_MS = 1000;
/** The call that it follows goes first. */
const PAUSE_MS = 5;
/** Somebody who changes a limit on another replica waits no longer for what was held before. */
const HELD_MS = 1000;
/** A longer prompt than the last one has room, too. */
const TIMES_THE_LAST = 2;
const MAX_PAYERS = 10_000;

/** What becomes of the next call's reservation: a pause, the question, and what waits to be taken. */
type Next = {
  readonly teamId: TeamId;
  timer: NodeJS.Timeout;
  asking?: Promise<void>;
  reservation?: NewReservation;
};

/**
 * Keeps one reservation ready for whoever calls a model again and again, so that a call need not wait for the
 * database before it begins. It is held as any other, and only where no limit is near.
 */
export function createReserveAhead({ hold, release }: ReserveAheadDependencies) {
  const lastCalls = new LRUCache<string, number>({ max: MAX_PAYERS });
  const nexts = new Map<string, Next>();

  function isBusy(key: string): boolean {
    const now = performance.now();
    const lastAt = lastCalls.get(key) ?? -BUSY_MS;
    lastCalls.set(key, now);
    return now - lastAt < BUSY_MS;
  }

  async function ask(next: Next, { key, call }: { key: string; call: SpendCall }): Promise<void> {
    // Without it the next call waits, as it would have.
    const reservation = await hold(timesTheLast(call)).catch(() => undefined);
    if (nexts.get(key) !== next) return reservation && drop(reservation);
    if (!reservation) return void nexts.delete(key);
    next.reservation = reservation;
    next.timer = setTimeout(() => void end(key), HELD_MS).unref();
  }

  /** Tells whether anything was held. */
  async function end(key: string): Promise<boolean> {
    const next = nexts.get(key);
    if (!next) return false;
    clearTimeout(next.timer);
    nexts.delete(key);
    // What is asked for at this moment is given back when it comes.
    await (next.reservation ? drop(next.reservation) : next.asking);
    return next.reservation !== undefined || next.asking !== undefined;
  }

  /** What cannot be given back lapses with its lease. */
  async function drop(reservation: NewReservation): Promise<void> {
    await release(reservation).catch(() => undefined);
  }

  return {
    /** What is held for such a call already, if that is enough; from now on it is the caller's. */
    take(call: SpendCall): NewReservation | undefined {
      const key = keyOf(call);
      const { reservation, timer } = nexts.get(key) ?? {};
      if (!reservation || !isEnough(reservation.estimate, call.estimate)) return undefined;
      clearTimeout(timer);
      nexts.delete(key);
      return reservation;
    },

    /** Holds for the next such call, where they come quickly one after another. */
    prepare(call: SpendCall): void {
      const { teamId, runId } = call.payer;
      // A run's limit is its own, and its usage is written with its message.
      if (runId) return;
      const key = keyOf(call);
      if (!isBusy(key) || nexts.has(key)) return;
      const start = () => {
        next.asking = ask(next, { key, call });
      };
      const next: Next = { teamId, timer: setTimeout(start, PAUSE_MS).unref() };
      nexts.set(key, next);
    },

    /** Gives back what is held for a team's calls, or for all, and tells whether there was anything. */
    async giveBack(teamId?: TeamId): Promise<boolean> {
      const isOfTeam = ([, next]: [string, Next]) => teamId === undefined || next.teamId === teamId;
      const keys = [...nexts].filter(isOfTeam).map(([key]) => key);
      return (await Promise.all(keys.map(end))).includes(true);
    },
  };
}

function keyOf({ payer, provider, model, isStream }: SpendCall): string {
  const { teamId, userId, apiKeyId, projectId, sessionId, runId } = payer;
  const ids = [teamId, userId, apiKeyId, projectId, sessionId, runId];
  return [...ids, isStream, provider, model].join(' ');
}

function isEnough(held: SpendEstimate, needed: SpendEstimate): boolean {
  return held.tokens >= needed.tokens && held.costMicros >= needed.costMicros;
}

function timesTheLast(call: SpendCall): SpendCall {
  const { tokens, costMicros } = call.estimate;
  const estimate = { tokens: tokens * TIMES_THE_LAST, costMicros: costMicros * TIMES_THE_LAST };
  return { ...call, estimate };
}
