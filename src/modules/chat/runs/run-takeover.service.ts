import type { Logger } from '#platform/telemetry/logger';
import type { Agent } from '../agent/agent.ts';
import type { ActiveRuns } from './active-runs.ts';
import { toBilled, type BilledUse } from './billed-use.ts';
import { closingEvents, type DescribeFailure } from './closing-events.ts';
import { lostEnding, type Ending } from './conclude-answer.ts';
import type { MeterUsage } from './meter-usage.ts';
import { replayAnswer, type ReplayedPart } from './replay-answer.ts';
import type { ResumeRun } from './resume-run.ts';
import type { LostRun, RunsRepository } from './runs.repository.ts';
import type { EventBatch } from './event-batch.ts';
import type { RunEventsRepository } from './run-events.repository.ts';
import type { SettleRun } from './settle-run.ts';
import type { SharedRunEvents } from './shared-run-events.ts';

export type RunTakeover = ReturnType<typeof createRunTakeover>;

export type RunTakeoverDependencies = {
  readonly allRuns: () => RunsRepository;
  readonly allRunEvents: () => RunEventsRepository;
  readonly sharedEvents: SharedRunEvents | undefined;
  readonly activeRuns: Pick<ActiveRuns, 'list'>;
  readonly agent: Pick<Agent, 'remember'>;
  readonly resumeRun: ResumeRun;
  readonly settleRun: SettleRun;
  readonly meterUsage: MeterUsage;
  readonly describeFailure: DescribeFailure;
  readonly countTokens: (text: string) => number;
  readonly settings: {
    readonly retentionMinutes: number;
    readonly leaseSeconds: number;
    readonly maxAttempts: number;
  };
  readonly logger: Pick<Logger, 'warn'>;
};

const SWEEP_BATCH = 50;
const PURGE_BATCH = 1000;
/** For so long a lost run waits for a shared log that is out of reach: it may have what readers were told. */
const PATIENCE_SECONDS = 60;

/** Goes on with the runs of processes that died, and ends those that cannot go on, with what they had said. */
export function createRunTakeover(dependencies: RunTakeoverDependencies) {
  const { allRuns, allRunEvents, sharedEvents, activeRuns, agent, resumeRun } = dependencies;
  const { settleRun, meterUsage, describeFailure, countTokens, settings, logger } = dependencies;

  async function takeUp(run: LostRun): Promise<void> {
    const events = await gatherEvents(run);
    const processes = run.attempts - run.pauses;
    const isExhausted = processes > settings.maxAttempts;
    const ending = isExhausted ? lostEnding() : await resumeRun(run, events);
    if (ending) await end(run, events, ending);
    if (processes > 1) {
      const { id, teamId, attempts } = run;
      const line = { run_id: id, team_id: teamId, attempts, is_resumed: !ending };
      logger.warn(line, 'took up a run whose process is gone');
    }
  }

  /** All that was told, which is in the database afterwards. */
  async function gatherEvents(run: LostRun): Promise<readonly string[]> {
    const { id: runId, attempts } = run;
    const progress = await allRunEvents().readProgress(runId, 0);
    const saved = (progress?.batches ?? []).flatMap((batch) => batch.events);
    const all = [...saved];
    for (const batch of await sealFormerLogs(run, saved.length)) {
      all.push(...batch.events.slice(all.length + 1 - batch.firstEventId));
    }
    if (all.length > saved.length) {
      const rest = all.slice(saved.length);
      const batch = { runId, attempts, firstEventId: saved.length + 1, events: rest };
      await allRunEvents().flush([batch]);
    }
    return all;
  }

  async function sealFormerLogs(
    { id: runId, attempts }: LostRun,
    savedEventId: number,
  ): Promise<readonly EventBatch[]> {
    if (!sharedEvents || !(await sharedEvents.isInReach())) return [];
    const batches: EventBatch[] = [];
    for (let former = 1; former < attempts; former += 1)
      batches.push(...(await sharedEvents.seal({ runId, attempts: former }, savedEventId)));
    return batches;
  }

  async function end(run: LostRun, events: readonly string[], conclusion: Ending): Promise<void> {
    const answer = replayAnswer(events);
    const lost = answer.parts.map((part) => estimateUse(run, part));
    const metered = meterUsage(run.teamId, [...answer.uses, ...lost]);
    const model = answer.parts.at(-1)?.model ?? run.model;
    const failure =
      conclusion.failure === undefined ? undefined : describeFailure(conclusion.failure);
    const closing = closingEvents({ ...run, model, conclusion, metered, failure });
    const isEnded = await settleRun({
      run,
      question: run.question,
      model,
      conclusion,
      metered,
      content: answer.content,
      citations: answer.citations,
      steps: answer.steps,
      error: failure?.detail ?? null,
      latencyMs: null,
      events: [...events, ...closing.map((event) => JSON.stringify(event))],
    });
    const { said: reply, steps } = answer;
    if (!isEnded || (reply === '' && steps.length === 0)) return;
    await agent.remember(run.sessionId, { question: run.question, reply, steps });
  }

  /** Tokens are counted by us; a run that had produced nothing has no part, and is not charged. */
  function estimateUse(run: LostRun, { model, provider, content }: ReplayedPart): BilledUse {
    const usage = {
      promptTokens: countTokens(run.question),
      completionTokens: countTokens(content),
      isEstimated: true,
    };
    return toBilled({ model: model ?? run.model, provider: provider ?? null, usage });
  }

  /** Each lost run is taken up once, whoever sweeps; tells how many were. */
  async function sweepLostRuns(): Promise<number> {
    const lost = await allRuns().claimLost({
      limit: SWEEP_BATCH,
      leaseSeconds: settings.leaseSeconds,
      except: activeRuns.list().map(({ id }) => id),
      lostForSeconds: sharedEvents && !(await sharedEvents.isInReach()) ? PATIENCE_SECONDS : 0,
    });
    await takeUpAll(lost);
    return lost.length;
  }

  /** Begins the runs whose turn it is, and ends those that were called off while they waited. */
  async function startQueuedRuns(): Promise<void> {
    await takeUpAll(await allRuns().claimQueued({ limit: SWEEP_BATCH, ...settings }));
  }

  async function takeUpAll(runs: readonly LostRun[]): Promise<void> {
    for (const run of runs) {
      await takeUp(run).catch((error: unknown) => {
        // Its lease passes again, and another try begins.
        logger.warn({ err: error, run_id: run.id }, 'a run could not be taken up');
      });
    }
  }

  return {
    sweepLostRuns,
    startQueuedRuns,

    /** What a sweep of this process does. */
    async sweepRuns(): Promise<void> {
      await sweepLostRuns();
      await startQueuedRuns();
    },

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
