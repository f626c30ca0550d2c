/** When a circuit opens, and for how long. */
export type CircuitSettings = {
  /** Failed calls within the window that open it. */
  readonly failures: number;
  readonly windowMs: number;
  /** How long nobody calls; then one call tries whether it is over. */
  readonly openMs: number;
};

/** Which calls share a circuit; a team's own key has one of its own. */
export type CircuitTarget = {
  readonly provider: string;
  readonly model: string;
  readonly owner?: string | undefined;
};

/** How a circuit stands for a call that wants to be made now. */
export type CircuitView =
  | { readonly state: 'closed' }
  | { readonly state: 'open'; readonly leftMs: number }
  /** This call, and no other, tries whether the model answers again. */
  | { readonly state: 'half_open' };

export type CircuitFailure = { readonly isProbe: boolean };

export type Circuit = ReturnType<typeof createCircuit>;

const CLOSED: CircuitView = { state: 'closed' };

/** One circuit as a process knows it; `nowMs` is the time by any clock that does not go back. */
export function createCircuit({ failures, windowMs, openMs }: CircuitSettings) {
  let failedAt: number[] = [];
  let openUntilMs: number | undefined;

  function open(untilMs: number): void {
    openUntilMs = untilMs;
    failedAt = [];
  }

  return {
    /** Time that it stays open; undefined where it is closed, 0 where it may be tried. */
    leftMs: (nowMs: number): number | undefined =>
      openUntilMs === undefined ? undefined : Math.max(openUntilMs - nowMs, 0),

    /** Whoever finds the time over tries, and the others wait once more: a call that is lost blocks nobody for ever. */
    enter(nowMs: number): CircuitView {
      if (openUntilMs === undefined) return CLOSED;
      const leftMs = openUntilMs - nowMs;
      if (leftMs > 0) return { state: 'open', leftMs };
      openUntilMs = nowMs + openMs;
      return { state: 'half_open' };
    },

    fail(nowMs: number, { isProbe }: CircuitFailure): void {
      if (isProbe) return open(nowMs + openMs);
      // A call that began before it opened tells nothing new.
      if (openUntilMs !== undefined) return;
      failedAt = [...failedAt.filter((atMs) => atMs > nowMs - windowMs), nowMs];
      if (failedAt.length >= failures) open(nowMs + openMs);
    },

    /** The call that tried got an answer. */
    close(): void {
      openUntilMs = undefined;
      failedAt = [];
    },

    /** The call that tried was given up before it learned anything: the next may try. */
    handBack(nowMs: number): void {
      if (openUntilMs !== undefined) openUntilMs = nowMs;
    },

    /** Takes over what all processes together know. */
    learn(nowMs: number, leftMs: number | undefined): void {
      if (leftMs === undefined) openUntilMs = undefined;
      else open(nowMs + leftMs);
    },
  };
}
