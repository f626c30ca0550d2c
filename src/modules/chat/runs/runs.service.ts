import { setTimeout as sleep } from 'node:timers/promises';
import { payerOf, type AssertAffordable } from '#modules/ai';
import { AppError, notFound } from '#platform/errors/app-error';
import type { Metrics } from '#platform/telemetry/metrics';
import type { Actor } from '#shared/actor';
import type { MessageId, RunId, SessionId, TeamId } from '#shared/ids';
import { assertCanChat } from '../sessions/sessions.policy.ts';
import { busySession, type SessionService } from '../sessions/sessions.service.ts';
import type { ActiveRun, ActiveRuns } from './active-runs.ts';
import type { BuildRequest } from './build-request.ts';
import { shuttingDown } from './conclude-answer.ts';
import type { ExecuteRun, RunResult } from './execute-run.ts';
import type { AskInput, BusyPolicy, PlanRun, RunPlan } from './plan-run.ts';
import { NOTHING_SAID } from './replay-answer.ts';
import type { RunEvent } from './run-log.ts';
import type { RunReader, RunStreams } from './run-streams.service.ts';
import type { RunTakeover } from './run-takeover.service.ts';
import type { RunBeginning, RunTransitionsRepository } from './run-transitions.repository.ts';
import type { RunRecord, RunsRepository } from './runs.repository.ts';
import type { AgentReference } from './stored-request.ts';

export type RunService = ReturnType<typeof createRunService>;

export type RunServiceDependencies = {
  readonly sessions: Pick<SessionService, 'get'>;
  readonly planRun: PlanRun;
  readonly executeRun: ExecuteRun;
  readonly buildRequest: BuildRequest;
  readonly activeRuns: ActiveRuns;
  readonly streams: Pick<RunStreams, 'readLive' | 'readQueued'>;
  readonly takeover: Pick<RunTakeover, 'sweepLostRuns' | 'startQueuedRuns'>;
  readonly runsOf: (teamId: TeamId) => RunsRepository;
  readonly transitionsOf: (teamId: TeamId) => Pick<RunTransitionsRepository, 'begin'>;
  readonly assertAffordable: AssertAffordable;
  readonly settings: { readonly leaseSeconds: number; readonly ifBusy: BusyPolicy };
  readonly metrics: Pick<Metrics, 'appChatRequestsTotal'>;
};

export type Answer = RunResult & { readonly sessionId: SessionId; readonly messageId: MessageId };

export type BegunRun = Pick<RunPlan, 'id' | 'sessionId'>;

type Begun =
  | { readonly status: 'queued'; readonly plan: RunPlan }
  | {
      readonly status: 'running';
      readonly plan: RunPlan;
      readonly run: ActiveRun;
      /** Never rejects: a failure is part of the result. */
      readonly result: Promise<RunResult>;
    };

/** What of a shutdown's grace time is kept for telling readers and storing what there is. */
const CLOSING_SECONDS = 5;
const MS_PER_SECOND = 1000;
const POLL_MS = 100;
/** Longer than another process takes to notice that a run of its is to stop. */
const MAX_POLLS = 100;

/** Answers questions. A run goes on without the connection that asked, which may come back to it. */
export function createRunService(dependencies: RunServiceDependencies) {
  const { sessions, planRun, buildRequest, executeRun, activeRuns, streams } = dependencies;
  const { takeover, runsOf, transitionsOf, assertAffordable, settings, metrics } = dependencies;
  let isDraining = false;

  async function start(actor: Actor, input: AskInput, isStream: boolean): Promise<Begun> {
    if (isDraining) throw shuttingDown();
    assertCanChat(actor);
    const plan = await planRun(actor, input);
    const { chatModel, question, projectId } = plan;
    await assertAffordable(payerOf(actor, projectId), { model: chatModel, text: question });
    const { failover = {}, isBackground = false, notes } = input;
    const firstEvents = [JSON.stringify(sessionEvent(plan))];
    const resumption = { isBackground, isResumable: isStream, tier: actor.tier };
    const kept = { projectId, agent: referenceOf(plan), failover, ...resumption };
    const request = { ...kept, ...(notes && { notes }) };
    const { credential } = actor;
    const beginning = { ...plan, credential, request, firstEvents, ...settings } as const;
    const status = await reserve({ ...beginning, status: 'running' }, input.ifBusy);
    metrics.appChatRequestsTotal.inc({ model: chatModel.label ?? plan.model, tier: actor.tier });
    if (status === 'queued') return { status, plan };
    const { id, sessionId, answerId, teamId, userId, model } = plan;
    const identity = { id, sessionId, answerId, teamId, userId, model, isBackground };
    const run = activeRuns.add({ ...identity, attempts: 1, formerEvents: firstEvents });
    const former = NOTHING_SAID;
    const named = { ...plan, model: chatModel, failover, former };
    const asked = buildRequest(actor, { ...named, isStream, canWait: isStream });
    return { status, plan, run, result: executeRun(run, asked) };
  }

  /** @throws CONFLICT while the session is answering, unless the question may wait or take its turn */
  async function reserve(
    beginning: RunBeginning,
    ifBusy: BusyPolicy = settings.ifBusy,
  ): Promise<RunBeginning['status']> {
    const { begin } = transitionsOf(beginning.teamId);
    if (await begin(beginning)) return 'running';
    // A run that went with its process does not count.
    const taken = await takeover.sweepLostRuns();
    if (taken > 0 && (await begin(beginning))) return 'running';
    if (ifBusy === 'reject') throw busySession(beginning.sessionId);
    if (ifBusy === 'interrupt') return interrupt(beginning);
    await begin(queuedBeginning(beginning));
    // What it waits for may have ended meanwhile.
    await takeover.startQueuedRuns();
    return 'queued';
  }

  /** Takes the place of all that the session is answering and has waiting. */
  async function interrupt(beginning: RunBeginning): Promise<'running'> {
    const { teamId, sessionId } = beginning;
    for (let poll = 0; poll < MAX_POLLS; poll += 1) {
      await stopRuns(teamId, { sessionId });
      if (await transitionsOf(teamId).begin(beginning)) return 'running';
      await sleep(POLL_MS);
    }
    throw busySession(sessionId);
  }

  /** Those of this process have ended when it returns; others end as soon as theirs notice. */
  async function stopRuns(
    teamId: TeamId,
    { sessionId, runId }: { readonly sessionId: SessionId; readonly runId?: RunId },
  ): Promise<void> {
    const ids = await runsOf(teamId).requestCancel(sessionId, runId);
    const here = ids.map((id) => activeRuns.get(id)).filter((run) => run !== undefined);
    for (const run of here) run.stop('cancelled');
    await Promise.all(here.map(({ ended }) => ended));
    if (here.length < ids.length) await takeover.startQueuedRuns();
  }

  /** @throws NOT_FOUND for what is another's */
  async function getRun(actor: Actor, id: RunId): Promise<RunRecord> {
    const run = await runsOf(actor.teamId).find(id, actor.userId);
    if (!run) throw notFound('run', id);
    return run;
  }

  return {
    /** Begins a run and gives the reader of its events. @throws FORBIDDEN, NOT_FOUND, CONFLICT, QUOTA_EXCEEDED, RATE_LIMITED */
    async stream(actor: Actor, input: AskInput): Promise<RunReader> {
      const begun = await start(actor, input, true);
      return begun.status === 'queued'
        ? streams.readQueued(actor, begun.plan)
        : streams.readLive(actor, begun.run);
    },

    /** Begins a run for who reads it later, or never. @throws as `stream` */
    async begin(actor: Actor, input: AskInput): Promise<BegunRun> {
      const { plan } = await start(actor, input, true);
      return { id: plan.id, sessionId: plan.sessionId };
    },

    /**
     * Answers in one piece. Nobody can come back to such a run, so it stops as soon as its caller is gone, and waits
     * for no other.
     * @throws FORBIDDEN, NOT_FOUND, CONFLICT, QUOTA_EXCEEDED, RATE_LIMITED, and what the model failed with
     */
    async ask(actor: Actor, input: AskInput, caller: AbortSignal): Promise<Answer> {
      const ifBusy = input.ifBusy === 'interrupt' ? 'interrupt' : 'reject';
      const begun = await start(actor, { ...input, ifBusy, isBackground: false }, false);
      const { sessionId, answerId: messageId } = begun.plan;
      if (begun.status === 'queued') throw busySession(sessionId);
      const { run, result } = begun;
      const leave = run.attach(0);
      caller.addEventListener('abort', leave, { once: true });
      if (caller.aborted) leave();
      const answer = await result;
      caller.removeEventListener('abort', leave);
      return { ...wholeAnswer(answer), sessionId, messageId };
    },

    /** @throws NOT_FOUND */
    get: (actor: Actor, { id }: { readonly id: RunId }) => getRun(actor, id),

    /** Stops a run wherever it is; nothing happens where it has ended. @throws NOT_FOUND */
    async cancelRun(actor: Actor, { id }: { readonly id: RunId }): Promise<void> {
      const { sessionId } = await getRun(actor, id);
      await stopRuns(actor.teamId, { sessionId, runId: id });
    },

    /** Stops what a session is answering and has waiting, wherever it is. @throws NOT_FOUND */
    async cancel(actor: Actor, { sessionId }: { readonly sessionId: SessionId }): Promise<void> {
      await sessions.get(actor, { id: sessionId });
      await stopRuns(actor.teamId, { sessionId });
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

/** What another process resolves again, and finds as it was. */
function referenceOf({ agent: { agentId: id, version } }: RunPlan): AgentReference | null {
  return id === null || version === null ? null : { id, version };
}

function sessionEvent({ id, sessionId, answerId }: RunPlan): RunEvent {
  return { type: 'session', session_id: sessionId, message_id: answerId, run_id: id };
}

/** Whoever asked can come back to it, and learns that it waits. */
function queuedBeginning({ request, firstEvents, ...beginning }: RunBeginning): RunBeginning {
  const waits: RunEvent = { type: 'status', status: 'queued' };
  return {
    ...beginning,
    status: 'queued',
    request: { ...request, isResumable: true },
    firstEvents: [...firstEvents, JSON.stringify(waits)],
  };
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
