import { payingFor, type ChatModel, type Payer } from '#modules/ai';
import type { Clock } from '#platform/clock/clock';
import { isAppError } from '#platform/errors/app-error';
import type { Logger } from '#platform/telemetry/logger';
import type { Metrics } from '#platform/telemetry/metrics';
import { traced } from '#platform/telemetry/tracing';
import type { Tier } from '#shared/actor';
import type { Agent, AgentRequest } from '../agent/agent.ts';
import type { ActiveRun } from './active-runs.ts';
import { createAnswerRecorder, type RecordedAnswer } from './answer-recorder.ts';
import { closingEvents, failureEvent, type DescribeFailure } from './closing-events.ts';
import { concludeAnswer, runLost, type Conclusion } from './conclude-answer.ts';
import type { MeteredUsage, MeterUsage } from './meter-usage.ts';
import type { EventBatch } from './run-events.repository.ts';
import type { ObserveRun } from './observe-run.ts';
import type { RunEvent } from './run-log.ts';
import type { RunKeeper } from './run-keeper.ts';
import type { Settlement, SettleRun } from './settle-run.ts';

export type RunRequest = {
  readonly question: string;
  readonly model: ChatModel;
  readonly failover: AgentRequest['failover'];
  readonly retrieve: AgentRequest['retrieve'];
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
  readonly keeper: Pick<RunKeeper, 'release'>;
  readonly settleRun: SettleRun;
  readonly meterUsage: MeterUsage;
  readonly describeFailure: DescribeFailure;
  readonly observeRun: ObserveRun;
  readonly clock: Clock;
  readonly logger: Pick<Logger, 'info' | 'warn' | 'error'>;
  readonly metrics: Pick<
    Metrics,
    'chatTimeToFirstTokenSeconds' | 'chatStreamTokensTotal' | 'citationsRejectedTotal'
  >;
};

const MS_PER_SECOND = 1000;

/** Answers a question and stores what came of it. It never throws: a failure is part of the result. */
export function createExecuteRun(dependencies: ExecuteRunDependencies): ExecuteRun {
  const { agent, keeper, settleRun, meterUsage, describeFailure, observeRun } = dependencies;
  const { clock, logger, metrics } = dependencies;

  async function execute(run: ActiveRun, request: RunRequest): Promise<RunResult> {
    const startedAt = clock.now().getTime();
    const elapsedMs = () => clock.now().getTime() - startedAt;
    const labels = { model: request.model.label ?? request.model.name, tier: request.tier };
    const recorder = createAnswerRecorder(run, () =>
      metrics.chatTimeToFirstTokenSeconds.observe(labels, elapsedMs() / MS_PER_SECOND),
    );
    const { id: runId, sessionId, signal } = run;
    await payingFor({ ...request.payer, sessionId, runId }, () =>
      agent.answer({ ...request, sessionId, signal, sink: recorder }),
    );

    const answer = recorder.result();
    const result = resultOf(answer, run, request);
    metrics.citationsRejectedTotal.inc(answer.rejectedCitations);
    if (request.isStream)
      metrics.chatStreamTokensTotal.inc(labels, result.metered.completionTokens);
    observeRun(run, request, {
      answer,
      result,
      startedMs: startedAt,
      endedMs: clock.now().getTime(),
    });
    await close(run, request, { result, latencyMs: elapsedMs() });
    return result;
  }

  function resultOf(answer: RecordedAnswer, run: ActiveRun, { model }: RunRequest): RunResult {
    const conclusion = concludeAnswer(answer, run.stopReason());
    const ended = answer.chosen ?? { model: model.name, provider: model.provider };
    const metered = meterUsage(run.teamId, [...answer.used, { ...ended, usage: conclusion.usage }]);
    return {
      content: answer.content,
      citations: answer.citations,
      model: ended.model,
      metered,
      conclusion,
    };
  }

  /** Stores the result, and only then tells readers how it ended. */
  async function close(
    run: ActiveRun,
    request: RunRequest,
    { result, latencyMs }: { result: RunResult; latencyMs: number },
  ): Promise<void> {
    const { conclusion } = result;
    const failure =
      conclusion.failure === undefined ? undefined : describeFailure(conclusion.failure);
    const closing = closingEvents({ ...result, traceId: request.traceId, failure });
    await keeper.release(run);
    const settlement = {
      ...result,
      run,
      isLost: false,
      question: request.question,
      error: failure?.detail ?? null,
      latencyMs,
      events: unflushedEvents(run, closing),
    };
    const obstacle = await store(settlement);
    report(run, result, latencyMs);
    const told =
      obstacle === undefined ? closing : [failureEvent(describeFailure(obstacle), request.traceId)];
    for (const event of told) run.log.append(event);
    run.end();
  }

  /** Undefined when it is stored, else why it is not. */
  async function store(settlement: Settlement): Promise<unknown> {
    try {
      return (await settleRun(settlement)) ? undefined : runLost();
    } catch (error) {
      // The run's lease passes now, and the sweep ends it with what was flushed.
      logger.error(
        { err: error, run_id: settlement.run.id },
        'the end of a run could not be stored',
      );
      return error;
    }
  }

  function report(
    run: ActiveRun,
    { conclusion, metered, model }: RunResult,
    latencyMs: number,
  ): void {
    const { failure } = conclusion;
    const line = {
      run_id: run.id,
      session_id: run.sessionId,
      team_id: run.teamId,
      model,
      outcome: conclusion.messageStatus,
      finish_reason: conclusion.finishReason,
      duration_ms: latencyMs,
      tokens: metered.promptTokens + metered.completionTokens,
      cost_micros: metered.costMicros,
      ...(failure !== undefined && { err: failure }),
    };
    if (failure === undefined) logger.info(line, 'run');
    else if (isAppError(failure)) logger.warn(line, 'run');
    else logger.error(line, 'run');
  }

  return (run, request) =>
    traced(
      'chat.run',
      { 'groundwork.run.id': run.id, 'groundwork.session.id': run.sessionId },
      () => execute(run, request),
    );
}

function unflushedEvents(run: ActiveRun, closing: readonly RunEvent[]): EventBatch {
  const events = run.log.after(run.flushedEventId)?.events ?? [];
  const closingTexts = closing.map((event) => JSON.stringify(event));
  return { firstEventId: run.flushedEventId + 1, events: [...events, ...closingTexts] };
}
