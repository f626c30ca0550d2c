import type { App } from './route-contract.ts';

/** What requests that are still running get after the streams have ended. */
const CLOSE_MS = 1000;

export type Drain = {
  isDraining(): boolean;
  drain(graceMs: number): Promise<void>;
};

/** Stops the server in order; a second call waits for the first. */
export function createDrain(app: () => App): Drain {
  let draining: Promise<void> | undefined;

  async function stop(graceMs: number): Promise<void> {
    const deadline = performance.now() + graceMs;
    app().openSockets.closeAll();
    await app().eventStreams.drain(graceMs);
    const remainingMs = Math.max(CLOSE_MS, deadline - performance.now());
    const timer = setTimeout(() => app().server.closeAllConnections(), remainingMs);
    await app().close();
    clearTimeout(timer);
  }

  return {
    isDraining: () => draining !== undefined,
    drain: (graceMs) => (draining ??= stop(graceMs)),
  };
}
