import { payingFor, type ChatModel, type Payer } from '#modules/ai';
import type { Clock } from '#platform/clock/clock';
import type { Logger } from '#platform/telemetry/logger';
import type { Metrics } from '#platform/telemetry/metrics';
import { traced } from '#platform/telemetry/tracing';
import type { Tier } from '#shared/actor';
import type { Agent, AgentRequest } from '../agent/agent.ts';
import type { RunTools } from '../agent/agent-run.ts';
import type { ActiveRun } from './active-runs.ts';
import { createAnswerRecorder, type RecordedAnswer } from './answer-recorder.ts';
import type { BillTurn } from './bill-turn.ts';
import { toBilled } from './billed-use.ts';
import { closingEvents, type DescribeFailure } from './closing-events.ts';
import {
  concludeAnswer,
  runLost,
  runWaiting,
  type Conclusion,
  type EndedOutcome,
} from './conclude-answer.ts';
import type { MeteredUsage, MeterUsage } from './meter-usage.ts';
import type { EventFlusher } from './event-flusher.ts';
import type { ObserveRun } from './observe-run.ts';
import type { ReplayedAnswer } from './replay-answer.ts';
import { reportRun } from './report-run.ts';
import type { SharedRunEvents } from './shared-run-events.ts';
import type { Settlement, SettleRun } from './settle-run.ts';
import type { SuspendRun } from './suspend-run.ts';

export type RunRequest = {
  readonly question: string;
  /** What was said of the answer before this process had the run. */
  readonly former: ReplayedAnswer;
  readonly model: ChatModel;
  readonly failover: AgentRequest['failover'];
  readonly retrieve: AgentRequest['retrieve'];
  readonly instructions: AgentRequest['instructions'];
  readonly openTools: (run: Pick<ActiveRun, 'id' | 'sessionId'>) => Promise<RunTools>;
  readonly maxSteps: number;
  /** What the run may spend, beside the spend limits. */
  readonly budgetMicros: number | undefined;
  /** Whether the run may be put aside until a human has decided. */
  readonly canWait: boolean;
  readonly recall: AgentRequest['recall'];
  readonly payer: Payer;
  readonly traceId: string;
  readonly tier: Tier;
  readonly isStream: boolean;
};

/** What came of a run, for who waits for it. */
export type RunResult = {
  readonly content: string;
  readonly citations: RecordedAnswer['citations'];
  readonly model: string;
  readonly metered: MeteredUsage;
  readonly conclusion: Conclusion;
};

export type ExecuteRun = (run: ActiveRun, request: RunRequest) => Promise<RunResult>;

export type ExecuteRunDependencies = {
  readonly agent: Pick<Agent, 'answer'>;
  readonly flusher: Pick<EventFlusher, 'release' | 'stored'>;
  readonly billTurn: BillTurn;
  readonly suspendRun: SuspendRun;
  readonly sharedEvents: SharedRunEvents | undefined;
  /** Another run waits for the end of one. */
  readonly startQueuedRuns: () => Promise<void>;
  readonly settleRun: SettleRun;
  readonly meterUsage: MeterUsage;
  readonly describeFailure: DescribeFailure;
  readonly countTokens: (text: string) => number;
  readonly observeRun: ObserveRun;
  readonly clock: Clock;
  readonly logger: Pick<Logger, 'info' | 'warn' | 'error'>;
  readonly metrics: Pick<
    Metrics,
    'chatTimeToFirstTokenSeconds' | 'chatStreamTokensTotal' | 'citationsRejectedTotal'
  >;
};

const MS_PER_SECOND = 1000;

type Closing = {
  readonly result: RunResult;
  readonly steps: RecordedAnswer['steps'];
  readonly latencyMs: number;
};

/** Answers a question and stores what came of it. It never throws: a failure is part of the result. */
export function createExecuteRun(dependencies: ExecuteRunDependencies): ExecuteRun {
  const { agent, flusher, sharedEvents, settleRun, meterUsage, describeFailure } = dependencies;
  const { startQueuedRuns, billTurn, suspendRun } = dependencies;
  const { countTokens, observeRun, clock, logger, metrics } = dependencies;

  async function execute(run: ActiveRun, request: RunRequest): Promise<RunResult> {
    const startedAt = clock.now().getTime();
    const elapsedMs = () => clock.now().getTime() - startedAt;
    const labels = { model: request.model.label ?? request.model.name, tier: request.tier };
    const recorder = createAnswerRecorder(
      { log: run.log, ...request },
      {
        countTokens,
        onFirstToken: () =>
          metrics.chatTimeToFirstTokenSeconds.observe(labels, elapsedMs() / MS_PER_SECOND),
        stored: () => flusher.stored(run),
        bill: (uses) => billTurn(run, uses),
        isOverBudget: (uses) => {
          const { budgetMicros } = request;
          return (
            budgetMicros !== undefined && meterUsage(run.teamId, uses).costMicros >= budgetMicros
          );
        },
      },
    );
    const { id: runId, sessionId, signal } = run;
    const { content, said, steps } = request.former;
    const openTools = () => request.openTools(run);
    const asked = { ...request, content, said, steps, sessionId, signal, openTools };
    await payingFor({ ...request.payer, sessionId, runId }, () =>
      agent.answer({ ...asked, sink: recorder }),
    );

    const answer = recorder.result();
    const { outcome } = answer;
    if (outcome.status === 'waiting') return setAside(run, request, answer);
    const result = resultOf({ ...answer, outcome }, run, request);
    metrics.citationsRejectedTotal.inc(answer.rejectedCitations);
    if (request.isStream)
      metrics.chatStreamTokensTotal.inc(labels, result.metered.completionTokens);
    observeRun(run, request, {
      answer,
      result,
      startedMs: startedAt,
      endedMs: clock.now().getTime(),
    });
    const { steps: done } = answer;
    const obstacle = await close(run, request, { result, steps: done, latencyMs: elapsedMs() });
    if (obstacle === undefined) return result;
    return { ...result, conclusion: { ...result.conclusion, failure: obstacle } };
  }

  /** It goes on once a human has decided, wherever that is. */
  async function setAside(
    run: ActiveRun,
    request: RunRequest,
    answer: RecordedAnswer,
  ): Promise<RunResult> {
    const failure = (await suspendRun(run)) ?? runWaiting();
    // Called off at the last moment: who takes it up ends it.
    if (run.signal.aborted) startNext();
    const outcome = { ...answer.outcome, status: 'incomplete', error: failure } as const;
    const result = resultOf({ ...answer, outcome }, run, request);
    const line = { run_id: run.id, session_id: run.sessionId, team_id: run.teamId };
    logger.info({ ...line, outcome: 'waiting', steps: answer.steps.length }, 'run');
    return result;
  }

  function resultOf(
    answer: RecordedAnswer & { readonly outcome: EndedOutcome },
    run: ActiveRun,
    { model }: RunRequest,
  ): RunResult {
    const conclusion = concludeAnswer(answer.outcome, run.stopReason());
    const ended = answer.chosen ?? { model: model.name, provider: model.provider };
    const last = toBilled({ ...ended, usage: conclusion.usage });
    const metered = meterUsage(run.teamId, [...answer.used, last]);
    return {
      content: answer.content,
      citations: answer.citations,
      model: ended.model,
      metered,
      conclusion,
    };
  }

  /** Stores the result, and only then tells readers how it ended; where that fails, what is the obstacle. */
  async function close(
    run: ActiveRun,
    request: RunRequest,
    { result, steps, latencyMs }: Closing,
  ): Promise<unknown> {
    const { conclusion } = result;
    const failure =
      conclusion.failure === undefined ? undefined : describeFailure(conclusion.failure);
    await flusher.release(run);
    if (run.stopReason() !== 'lost') {
      const closing = closingEvents({ ...result, traceId: request.traceId, failure });
      for (const event of closing) run.log.append(event);
    }
    const obstacle = await store({
      ...result,
      steps,
      run,
      question: request.question,
      error: failure?.detail ?? null,
      latencyMs,
      events: run.log.allAfter(0)?.events ?? [],
    });
    reportRun(logger, run, { ...result, steps: steps.length, latencyMs });
    if (obstacle !== undefined) {
      run.lose();
      return obstacle;
    }
    run.log.markStored(run.log.allAfter(0)?.events.length ?? 0);
    run.end();
    await forget(run);
    return undefined;
  }

  /** Undefined when it is stored, else why it is not. */
  async function store(settlement: Settlement & { readonly run: ActiveRun }): Promise<unknown> {
    const { run } = settlement;
    if (run.stopReason() === 'lost') return runLost();
    try {
      const ended = await settleRun(settlement);
      if (ended?.isFollowed) startNext();
      return ended ? undefined : runLost();
    } catch (error) {
      // The run's lease passes now, and the sweep goes on with what was stored.
      logger.error({ err: error, run_id: run.id }, 'the end of a run could not be stored');
      return error;
    }
  }

  /** What cannot begin now begins with the next sweep. */
  function startNext(): void {
    startQueuedRuns().catch((error: unknown) => {
      logger.warn({ err: error }, 'queued runs could not be started');
    });
  }

  /** What cannot be removed goes by itself, later. */
  async function forget({ id: runId, attempts }: ActiveRun): Promise<void> {
    await sharedEvents?.remove({ runId, attempts }).catch(() => undefined);
  }

  return (run, request) =>
    traced(
      'chat.run',
      { 'groundwork.run.id': run.id, 'groundwork.session.id': run.sessionId },
      () => execute(run, request),
    );
}
