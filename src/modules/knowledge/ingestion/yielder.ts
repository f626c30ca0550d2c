import { setImmediate as nextTurn } from 'node:timers/promises';

const MAX_TURN_MS = 8;

/** Lets the event loop serve others whenever the work since the last time has taken long enough to be felt. */
export function createYielder(): () => Promise<void> {
  let turnBegan = performance.now();

  return async function giveWay(): Promise<void> {
    if (performance.now() - turnBegan < MAX_TURN_MS) return;
    await nextTurn();
    turnBegan = performance.now();
  };
}
