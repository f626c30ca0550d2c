import type { TeamId } from '#shared/ids';
import type { ActiveRun } from './active-runs.ts';
import type { BilledUse } from './billed-use.ts';
import { runLost } from './conclude-answer.ts';
import type { MeterUsage } from './meter-usage.ts';
import type { RunTransitionsRepository } from './run-transitions.repository.ts';
import { usageOf } from './settle-run.ts';

/**
 * Bills what a turn used that is over, though its run goes on: limits count it from then on, and nothing stays reserved
 * for it. @throws where another process holds the run
 */
export type BillTurn = (run: ActiveRun, uses: readonly BilledUse[]) => Promise<void>;

export type BillTurnDependencies = {
  readonly transitionsOf: (teamId: TeamId) => Pick<RunTransitionsRepository, 'bill'>;
  readonly meterUsage: MeterUsage;
};

export function createBillTurn({ transitionsOf, meterUsage }: BillTurnDependencies): BillTurn {
  return async (run, uses) => {
    const { id: runId, teamId, attempts } = run;
    const { calls, costUsdRate, currency } = meterUsage(teamId, uses);
    const usage = calls.flatMap(usageOf);
    const bill = { runId, attempts, usage, costUsdRate, currency };
    if (await transitionsOf(teamId).bill(bill)) return;
    run.stop('lost');
    throw runLost();
  };
}
