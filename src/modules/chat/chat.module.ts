import { setTimeout as sleep } from 'node:timers/promises';
import type { BaseCheckpointSaver } from '@langchain/langgraph-checkpoint';
import pLimit, { type LimitFunction } from 'p-limit';
import type { AgentResolver, OpenToolbox } from '#modules/agents';
import type { AssertAffordable } from '#modules/ai';
import type { RedisConnection } from '#platform/cache/redis';
import type { Clock } from '#platform/clock/clock';
import { createUnitOfWork, type Database, type Queries } from '#platform/db/database';
import type { App } from '#platform/http/app';
import { faultOf, presentProblem } from '#platform/http/problem';
import type { JobQueue } from '#platform/queue/job-queue';
import type { Logger } from '#platform/telemetry/logger';
import type { Metrics } from '#platform/telemetry/metrics';
import type { Observer } from '#platform/telemetry/observer';
import type { TeamId } from '#shared/ids';
import { createAgent } from './agent/agent.ts';
import { createCheckpointsRepository } from './agent/checkpoints.repository.ts';
import { loadPrompts } from './agent/load-prompts.ts';
import { createAnswerService } from './answers/answers.service.ts';
import { createApprovals } from './approvals/approvals.module.ts';
import type { EventLog } from './approvals/decision-log.ts';
import { createConversationExporter } from './account-export/conversation-exporter.service.ts';
import { createOwnConversationsRepository } from './account-export/own-conversations.repository.ts';
import { createConversationEraser } from './erasure/conversation-eraser.service.ts';
import { createConversationsRepository } from './erasure/conversations.repository.ts';
import { createFollowUps } from './follow-ups/rewrite-query.ts';
import { createFeedbackRepository } from './feedback/feedback.repository.ts';
import { registerFeedbackRoutes } from './feedback/feedback.routes.ts';
import { createFeedbackService } from './feedback/feedback.service.ts';
import { createMemories } from './memories/memories.module.ts';
import { createMessagesRepository } from './messages/messages.repository.ts';
import { registerMessageRoutes } from './messages/messages.routes.ts';
import { createMessageService } from './messages/messages.service.ts';
import { createNotedPart } from './noted.module.ts';
import { createActiveRuns } from './runs/active-runs.ts';
import { createBillTurn } from './runs/bill-turn.ts';
import { createBuildRequest, type PassageRetriever } from './runs/build-request.ts';
import type { FailureDescription } from './runs/closing-events.ts';
import { createEventFlusher } from './runs/event-flusher.ts';
import { createExecuteRun } from './runs/execute-run.ts';
import { createMeterUsage, type PriceUsage } from './runs/meter-usage.ts';
import { createObserveRun } from './runs/observe-run.ts';
import { createPlanRun, type AgentNamer, type BusyPolicy } from './runs/plan-run.ts';
import { registerPurgeRunEvents } from './runs/purge-run-events.job.ts';
import { createRedisRunEvents } from './runs/redis-run-events.provider.ts';
import { createRunEventsRepository } from './runs/run-events.repository.ts';
import { createRunKeeper } from './runs/run-keeper.ts';
import { createRunTopic } from './runs/run.topic.ts';
import { createResumeRun, type ActAgain } from './runs/resume-run.ts';
import { createRunTakeover } from './runs/run-takeover.service.ts';
import { createRunStreams } from './runs/run-streams.service.ts';
import { createRunsRepository } from './runs/runs.repository.ts';
import { registerRunRoutes } from './runs/runs.routes.ts';
import { createRunService } from './runs/runs.service.ts';
import { createSettleRun } from './runs/settle-run.ts';
import { createSuspendRun } from './runs/suspend-run.ts';
import {
  createRunTransitionsRepository,
  type RunTransitionsRepository,
} from './runs/run-transitions.repository.ts';
import { createSessionsRepository } from './sessions/sessions.repository.ts';
import { registerSessionRoutes } from './sessions/sessions.routes.ts';
import { createSessionService, type ModelPicker } from './sessions/sessions.service.ts';

export type ChatModuleDependencies = {
  readonly database: Database;
  readonly loadCheckpointer: (inTurn: LimitFunction) => Promise<BaseCheckpointSaver>;
  readonly projects: AgentNamer;
  readonly agents: { readonly resolver: AgentResolver; readonly openToolbox: OpenToolbox };
  readonly actAgain: ActAgain;
  readonly eventLogWithin: (queries: Queries) => EventLog;
  readonly knowledge: PassageRetriever;
  readonly pickModel: ModelPicker;
  readonly priceUsage: PriceUsage;
  readonly assertAffordable: AssertAffordable;
  readonly countTokens: (text: string) => number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly observer?: Observer | undefined;
  /** Where there is one, running runs are told through it, which is faster than through the database. */
  readonly redis?: RedisConnection | undefined;
  readonly settings: ChatSettings;
};

export type ChatSettings = {
  readonly graceSeconds: number;
  readonly retentionMinutes: number;
  readonly flushIntervalMs: number;
  readonly maxAttempts: number;
  readonly ifBusy: BusyPolicy;
  readonly leaseSeconds: number;
  readonly sweepIntervalSeconds: number;
  readonly currency: string;
  readonly currencyPerUsd: number;
};

/**
 * How many connections of the pool runs may hold while they begin, save and end. Many that do so at once wait
 * here, where waiting is no failure, and leave connections for requests.
 */
const RUN_STATEMENTS_AT_ONCE = 6;

const PROMPTS = new URL('./prompts/', import.meta.url);

export function createChatModule(dependencies: ChatModuleDependencies) {
  const { database, projects, knowledge, agents, pickModel, countTokens } = dependencies;
  const { clock, logger, metrics, settings } = dependencies;
  const runsOf = (teamId: TeamId) => createRunsRepository(database.forTeam(teamId));
  const runEventsOf = (teamId: TeamId) => createRunEventsRepository(database.forTeam(teamId));
  const inTurn = pLimit(RUN_STATEMENTS_AT_ONCE);
  const transitionsOf = createTransitionsOf(database, inTurn);
  const messagesOf = (teamId: TeamId) => createMessagesRepository(database.forTeam(teamId));
  const sessionsOf = (teamId: TeamId) => createSessionsRepository(database.forTeam(teamId));
  const allRuns = () => createRunsRepository(database.forSystem());
  const allRunEvents = () => createRunEventsRepository(database.forSystem());
  const unitOfWork = createUnitOfWork(database, bindRepositories);

  const promptOf = loadPrompts(PROMPTS);
  const systemPrompt = promptOf('answer');
  const describeFollowUp = createFollowUps({ prompt: promptOf('rewrite-query').text, logger });
  const memories = createMemories({ ...dependencies, instructions: promptOf('memories').text });
  const { keepLatest } = createCheckpointsRepository(database.unscoped());
  const agent = createAgent({
    loadCheckpointer: () => dependencies.loadCheckpointer(inTurn),
    pruneState: keepLatest,
    systemPrompt,
    toolsPrompt: promptOf('tools'),
    countTokens,
    logger,
  });
  const meterUsage = createMeterUsage(dependencies.priceUsage, settings);
  const settleRun = createSettleRun(transitionsOf);
  const sharedEvents = dependencies.redis && createRedisRunEvents(dependencies.redis);
  const activeRuns = createActiveRuns({ ...settings, onAppend: () => flusher.soon() });
  const flusher = createEventFlusher({ activeRuns, allRunEvents, sharedEvents, settings, logger });

  const sessions = createSessionService({ sessionsOf, unitOfWork, projects, pickModel });
  const messages = createMessageService({ sessions, messagesOf, unitOfWork });
  const feedback = createFeedbackService({
    feedbackOf: (teamId) => createFeedbackRepository(database.forTeam(teamId)),
    unitOfWork,
    observer: dependencies.observer,
    metrics,
  });
  const executeRun = createExecuteRun({
    agent,
    flusher,
    sharedEvents,
    billTurn: createBillTurn({ transitionsOf, meterUsage }),
    suspendRun: createSuspendRun({ flusher, transitionsOf, sharedEvents }),
    startQueuedRuns: () => takeover.startQueuedRuns(),
    settleRun,
    meterUsage,
    describeFailure,
    countTokens,
    observeRun: createObserveRun(dependencies.observer),
    clock,
    logger,
    metrics,
  });
  const buildRequest = createBuildRequest({ ...memories, ...agents, knowledge, describeFollowUp });
  const resuming = { ...dependencies, agents: agents.resolver };
  const takeover = createRunTakeover({
    allRuns,
    allRunEvents,
    sharedEvents,
    activeRuns,
    agent,
    resumeRun: createResumeRun({ ...resuming, buildRequest, activeRuns, executeRun }),
    settleRun,
    meterUsage,
    describeFailure,
    countTokens,
    settings,
    logger,
  });
  const keeper = createRunKeeper({ ...takeover, activeRuns, allRuns, settings, logger });
  const streams = createRunStreams({
    ...dependencies,
    activeRuns,
    runsOf,
    runEventsOf,
    sharedEvents,
  });
  const runs = createRunService({
    sessions,
    planRun: createPlanRun({ sessions, projects, agents: agents.resolver, pickModel }),
    executeRun,
    buildRequest,
    activeRuns,
    streams,
    takeover,
    runsOf,
    transitionsOf,
    assertAffordable: dependencies.assertAffordable,
    settings,
    metrics,
  });

  const noted = createNotedPart({ database, projects, streams });
  const answers = createAnswerService({
    projects,
    knowledge,
    describeFollowUp,
    pickModel,
    systemPrompt: systemPrompt.text,
    countTokens,
    metrics,
  });

  const approvals = createApprovals({ ...dependencies, takeover });

  return {
    answers,
    sessions,
    messages,
    runs,
    streams,
    takeover,
    notedSessions: noted.notedSessions,
    sessionRuns: noted.sessionRuns,
    approvals: approvals.approvals,
    memories,
    /** To be added to identity's. */
    userEraser: createConversationEraser({
      conversations: () => createConversationsRepository(database.forSystem()),
      checkpoints: () => createCheckpointsRepository(database.unscoped()),
      activeRuns,
      takeover,
      wait: (milliseconds) => sleep(milliseconds),
    }),
    userExporter: createConversationExporter((teamId) =>
      createOwnConversationsRepository(database.forTeam(teamId)),
    ),
    registerRoutes(app: App): void {
      registerSessionRoutes(app, { sessions });
      registerMessageRoutes(app, { messages });
      registerFeedbackRoutes(app, { feedback });
      registerRunRoutes(app, { runs, streams });
      approvals.registerRoutes(app);
      memories.registerRoutes(app);
    },
    /** What can be followed over a WebSocket. */
    topics: [createRunTopic(streams)],
    registerJobs(queue: JobQueue): void {
      registerPurgeRunEvents(queue, { takeover });
      noted.registerJobs(queue);
      memories.registerJobs(queue);
    },
    /** Goes on with what a former process left, and begins to keep the database in step with running runs. */
    async start({ isOnlyProcess }: { readonly isOnlyProcess: boolean }): Promise<void> {
      await (isOnlyProcess ? takeover.sweepAllRuns() : takeover.sweepLostRuns());
      await takeover.startQueuedRuns();
      keeper.start();
    },
    async drain(graceSeconds: number): Promise<void> {
      await runs.drain(graceSeconds);
      keeper.stop();
    },
  };
}

function createTransitionsOf(database: Database, inTurn: LimitFunction) {
  return (teamId: TeamId): RunTransitionsRepository => {
    const transitions = createRunTransitionsRepository(database.forTeam(teamId));
    return {
      begin: (beginning) => inTurn(() => transitions.begin(beginning)),
      end: (ending) => inTurn(() => transitions.end(ending)),
      bill: (bill) => inTurn(() => transitions.bill(bill)),
      suspend: (suspension) => inTurn(() => transitions.suspend(suspension)),
    };
  };
}

function bindRepositories(queries: Queries) {
  return {
    sessions: createSessionsRepository(queries),
    messages: createMessagesRepository(queries),
    feedback: createFeedbackRepository(queries),
    runs: createRunsRepository(queries),
    checkpoints: createCheckpointsRepository(queries),
  };
}

/** The members of a problem document that a stream's error event carries. */
function describeFailure(failure: unknown): FailureDescription {
  const problem = presentProblem(faultOf(failure), { instance: '', traceId: '' });
  const { code, title, detail, reason, details } = problem;
  return {
    code,
    title,
    detail,
    ...(reason !== undefined && { reason }),
    ...(details && { details }),
  };
}
