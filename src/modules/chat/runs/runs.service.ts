import { setTimeout as sleep } from 'node:timers/promises';
import type { AssertAffordable, Payer } from '#modules/ai';
import { AppError } from '#platform/errors/app-error';
import type { Metrics } from '#platform/telemetry/metrics';
import type { Actor } from '#shared/actor';
import type { MessageId, ProjectId, SessionId, TeamId } from '#shared/ids';
import type { RetrievedPassage } from '../agent/agent-run.ts';
import { assertCanChat } from '../sessions/sessions.policy.ts';
import { busySession, type SessionService } from '../sessions/sessions.service.ts';
import type { ActiveRun, ActiveRuns } from './active-runs.ts';
import { shuttingDown } from './conclude-answer.ts';
import type { ExecuteRun, RunRequest, RunResult } from './execute-run.ts';
import type { AskInput, PlanRun, RunPlan } from './plan-run.ts';
import type { RunRecovery } from './run-recovery.service.ts';
import type { RunTransitionsRepository } from './run-transitions.repository.ts';
import type { RunReader, RunStreams } from './run-streams.service.ts';
import type { RunsRepository } from './runs.repository.ts';

export type RunService = ReturnType<typeof createRunService>;

/** Finds passages of a project that may answer a query, best first. */
export type PassageRetriever = {
  retrieve(
    input: { readonly teamId: TeamId; readonly projectId: ProjectId; readonly query: string },
    signal: AbortSignal,
  ): Promise<{ readonly passages: readonly RetrievedPassage[] }>;
};

export type RunServiceDependencies = {
  readonly sessions: Pick<SessionService, 'get'>;
  readonly planRun: PlanRun;
  readonly executeRun: ExecuteRun;
  readonly knowledge: PassageRetriever;
  readonly activeRuns: ActiveRuns;
  readonly streams: Pick<RunStreams, 'readLive'>;
  readonly recovery: Pick<RunRecovery, 'sweepLostRuns'>;
  readonly runsOf: (teamId: TeamId) => RunsRepository;
  readonly transitionsOf: (teamId: TeamId) => Pick<RunTransitionsRepository, 'begin'>;
  readonly assertAffordable: AssertAffordable;
  readonly settings: { readonly leaseSeconds: number };
  readonly metrics: Pick<Metrics, 'appChatRequestsTotal'>;
};

export type Answer = RunResult & { readonly sessionId: SessionId; readonly messageId: MessageId };

type StartedRun = {
  readonly run: ActiveRun;
  /** Never rejects: a failure is part of the result. */
  readonly result: Promise<RunResult>;
};

/** What of a shutdown's grace time is kept for telling readers and storing what there is. */
const CLOSING_SECONDS = 5;
const MS_PER_SECOND = 1000;

/** Answers questions. A run goes on without the connection that asked, which may come back to it. */
export function createRunService(dependencies: RunServiceDependencies) {
  const { sessions, planRun, executeRun, knowledge, activeRuns, streams } = dependencies;
  const { recovery, runsOf, transitionsOf, assertAffordable, settings, metrics } = dependencies;
  let isDraining = false;

  async function start(actor: Actor, input: AskInput, isStream: boolean): Promise<StartedRun> {
    if (isDraining) throw shuttingDown();
    assertCanChat(actor);
    const plan = await planRun(actor, input);
    const payer = payerOf(plan, actor);
    const { failover = {} } = input;
    await assertAffordable(payer, { model: plan.chatModel, text: plan.question });
    await reserve(plan);
    const { id, sessionId, answerId, teamId, userId, model } = plan;
    const run = activeRuns.add({ id, sessionId, answerId, teamId, userId, model });
    run.log.append({ type: 'session', session_id: sessionId, message_id: answerId, run_id: id });
    const label = plan.chatModel.label ?? model;
    metrics.appChatRequestsTotal.inc({ model: label, tier: actor.tier });
    return {
      run,
      result: executeRun(run, requestOf(plan, actor, { isStream, payer, failover })),
    };
  }

  /** @throws CONFLICT while the session is answering; a run whose process is gone does not count. */
  async function reserve(plan: RunPlan): Promise<void> {
    if (await store(plan)) return;
    const ended = await recovery.sweepLostRuns();
    if (ended === 0 || !(await store(plan))) throw busySession(plan.sessionId);
  }

  function store(plan: RunPlan): Promise<boolean> {
    return transitionsOf(plan.teamId).begin({ ...plan, leaseSeconds: settings.leaseSeconds });
  }

  function requestOf(
    plan: RunPlan,
    { tier }: Actor,
    call: Pick<RunRequest, 'isStream' | 'payer' | 'failover'>,
  ): RunRequest {
    const { teamId, projectId, question, chatModel: model, traceId } = plan;
    return {
      question,
      model,
      traceId,
      tier,
      ...call,
      retrieve: async (query, signal) => {
        if (!projectId) return [];
        return (await knowledge.retrieve({ teamId, projectId, query }, signal)).passages;
      },
    };
  }

  return {
    /** Begins a run and gives the reader of its events. @throws FORBIDDEN, NOT_FOUND, CONFLICT, QUOTA_EXCEEDED, RATE_LIMITED */
    async stream(actor: Actor, input: AskInput): Promise<RunReader> {
      const { run } = await start(actor, input, true);
      return streams.readLive(run, actor.tier);
    },

    /**
     * Answers in one piece. Nobody can come back to such a run, so it stops as soon as its caller is gone.
     * @throws FORBIDDEN, NOT_FOUND, CONFLICT, QUOTA_EXCEEDED, RATE_LIMITED, and what the model failed with
     */
    async ask(actor: Actor, input: AskInput, caller: AbortSignal): Promise<Answer> {
      const { run, result } = await start(actor, input, false);
      const leave = run.attach(0);
      caller.addEventListener('abort', leave, { once: true });
      if (caller.aborted) leave();
      const answer = await result;
      caller.removeEventListener('abort', leave);
      return { ...wholeAnswer(answer), sessionId: run.sessionId, messageId: run.answerId };
    },

    /** Stops the session's run, wherever it runs; when there is none, nothing happens. @throws NOT_FOUND */
    async cancel(actor: Actor, { sessionId }: { readonly sessionId: SessionId }): Promise<void> {
      await sessions.get(actor, { id: sessionId });
      const runId = await runsOf(actor.teamId).requestCancel(sessionId);
      const run = runId && activeRuns.get(runId);
      if (!run) return;
      run.stop('cancelled');
      await run.ended;
    },

    /** Lets running runs finish, and stops those that have not when the grace time ends. */
    async drain(graceSeconds: number): Promise<void> {
      isDraining = true;
      const waitSeconds = Math.max(0, graceSeconds - CLOSING_SECONDS);
      await within(waitSeconds, allEnded(activeRuns));
      for (const run of activeRuns.list()) run.stop('shutdown');
      await within(Math.min(graceSeconds, CLOSING_SECONDS), allEnded(activeRuns));
    },
  };
}

function payerOf({ projectId }: RunPlan, { teamId, userId, credential }: Actor): Payer {
  const apiKeyId = credential.kind === 'api_key' ? credential.apiKeyId : null;
  return { teamId, userId, projectId, apiKeyId };
}

function wholeAnswer(result: RunResult): RunResult {
  const { failure, messageStatus } = result.conclusion;
  if (failure !== undefined) throw failure;
  if (messageStatus === 'complete') return result;
  throw new AppError('conflict', 'The answer was cancelled', { reason: 'run.cancelled' });
}

async function allEnded(activeRuns: ActiveRuns): Promise<void> {
  await Promise.all(activeRuns.list().map(({ ended }) => ended));
}

async function within(seconds: number, work: Promise<void>): Promise<void> {
  const timer = new AbortController();
  const timeout = sleep(seconds * MS_PER_SECOND, undefined, { signal: timer.signal });
  await Promise.race([work, timeout.catch(() => {})]);
  timer.abort();
}
