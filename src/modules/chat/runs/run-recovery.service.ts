import type { Logger } from '#platform/telemetry/logger';
import type { Agent } from '../agent/agent.ts';
import type { DescribeFailure } from './closing-events.ts';
import { closingEvents } from './closing-events.ts';
import { runLost, type Ending } from './conclude-answer.ts';
import type { MeterUsage, UsedModel } from './meter-usage.ts';
import { replayAnswer, type ReplayedPart } from './replay-answer.ts';
import type { RunEventsRepository } from './run-events.repository.ts';
import type { LostRun, RunsRepository } from './runs.repository.ts';
import type { SettleRun } from './settle-run.ts';

export type RunRecovery = ReturnType<typeof createRunRecovery>;

export type RunRecoveryDependencies = {
  readonly allRuns: () => RunsRepository;
  readonly allRunEvents: () => RunEventsRepository;
  readonly agent: Pick<Agent, 'remember'>;
  readonly settleRun: SettleRun;
  readonly meterUsage: MeterUsage;
  readonly describeFailure: DescribeFailure;
  readonly countTokens: (text: string) => number;
  readonly settings: { readonly retentionMinutes: number };
  readonly logger: Pick<Logger, 'warn'>;
};

const SWEEP_BATCH = 50;
const PURGE_BATCH = 1000;

/** Ends the runs of processes that died, with what they had written, and removes streams nobody can resume. */
export function createRunRecovery(dependencies: RunRecoveryDependencies) {
  const { allRuns, allRunEvents, agent, settleRun, meterUsage } = dependencies;
  const { describeFailure, countTokens, settings, logger } = dependencies;

  async function recover(run: LostRun): Promise<boolean> {
    const progress = await allRunEvents().readProgress(run.id, 0);
    const answer = replayAnswer(progress?.batches ?? []);
    const conclusion = lostEnding();
    const metered = meterUsage(
      run.teamId,
      answer.parts.map((part) => estimateUse(run, part)),
    );
    const model = answer.parts.at(-1)?.model ?? run.model;
    const failure = describeFailure(conclusion.failure);
    const closing = closingEvents({ ...run, model, conclusion, metered, failure });
    const isEnded = await settleRun({
      run,
      isLost: true,
      question: run.question,
      model,
      conclusion,
      metered,
      content: answer.content,
      citations: answer.citations,
      error: failure.detail,
      latencyMs: null,
      events: {
        firstEventId: answer.lastEventId + 1,
        events: closing.map((event) => JSON.stringify(event)),
      },
    });
    if (!isEnded) return false;
    logger.warn({ run_id: run.id, team_id: run.teamId }, 'ended a run whose process is gone');
    await agent.remember(run.sessionId, { question: run.question, reply: answer.content });
    return true;
  }

  /** Tokens are counted by us; a run that had produced nothing has no part, and is not charged. */
  function estimateUse(run: LostRun, part: ReplayedPart): UsedModel {
    return {
      model: part.model ?? run.model,
      provider: part.provider ?? null,
      usage: {
        promptTokens: countTokens(run.question),
        completionTokens: countTokens(part.content),
        isEstimated: true,
      },
    };
  }

  /** Each lost run is ended once, whoever sweeps; tells how many were. */
  async function sweepLostRuns(): Promise<number> {
    let ended = 0;
    for (const run of await allRuns().listLost(SWEEP_BATCH)) {
      if (await recover(run)) ended += 1;
    }
    return ended;
  }

  return {
    sweepLostRuns,

    /** For the only process of a database: no run that is still marked running can be alive at its start. */
    async sweepAllRuns(): Promise<number> {
      await allRuns().expireLeases();
      return sweepLostRuns();
    },

    async purgeEvents(): Promise<void> {
      const purge = () => allRunEvents().purge(settings.retentionMinutes, PURGE_BATCH);
      while ((await purge()) === PURGE_BATCH);
    },
  };
}

function lostEnding(): Ending {
  return {
    messageStatus: 'incomplete',
    runStatus: 'failed',
    finishReason: 'lost',
    failure: runLost(),
  };
}
