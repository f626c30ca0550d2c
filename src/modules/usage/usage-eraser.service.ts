import { NOTHING, type Leaver, type Pace, type UserEraser } from '#modules/identity';
import type { UsageTracesRepository } from './usage-traces.repository.ts';

const BATCH = 500;

/** A team that stays keeps the figures of its bill, without the person. */
export function createUsageEraser(traces: () => UsageTracesRepository): UserEraser {
  return {
    count: async (leaver: Leaver) => ({ ...NOTHING, removed: await traces().count(leaver) }),

    async erase(leaver: Leaver, pace: Pace) {
      const all = traces();
      const steps = [all.removeCounters, all.removeReservations, all.removeUsage, all.forgetUser];
      for (const step of steps) {
        while ((await step(leaver, BATCH)) === BATCH) await pace();
      }
    },
  };
}
