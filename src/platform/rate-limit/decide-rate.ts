import type { RateDecision, RateWindow } from './rate-limiter.ts';

const MS_PER_SECOND = 1000;

/** How far one window is used, this hit included if it was let in. */
export type WindowUse = {
  readonly window: RateWindow;
  readonly used: number;
  /** Until the oldest hit leaves the window. */
  readonly resetMs: number;
};

/** Names the window that matters: the one that refuses longest, or the one with the least left. */
export function decideRate(isAllowed: boolean, uses: readonly WindowUse[]): RateDecision {
  const [first, ...others] = isAllowed ? uses : uses.filter(isFull);
  if (!first) throw new RangeError('a rate policy needs at least one window');
  const matters = others.reduce(
    (best, use) => (isTighter(use, best, isAllowed) ? use : best),
    first,
  );
  return {
    isAllowed,
    window: matters.window,
    remaining: isAllowed ? remainingOf(matters) : 0,
    resetSeconds: Math.max(1, Math.ceil(matters.resetMs / MS_PER_SECOND)),
  };
}

function isFull(use: WindowUse): boolean {
  return remainingOf(use) === 0;
}

function isTighter(use: WindowUse, best: WindowUse, isAllowed: boolean): boolean {
  return isAllowed ? remainingOf(use) < remainingOf(best) : use.resetMs > best.resetMs;
}

function remainingOf({ window, used }: WindowUse): number {
  return Math.max(0, window.limit - used);
}
