import type { Clock } from '#platform/clock/clock';

export type FakeClock = Clock & { advance(seconds: number): void };

/** A clock that stands still until it is told to go on. */
export function createFakeClock(start = new Date()): FakeClock {
  let now = start.getTime();
  return {
    now: () => new Date(now),
    advance(seconds) {
      now += seconds * 1000;
    },
  };
}
