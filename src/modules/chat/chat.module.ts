import { setTimeout as sleep } from 'node:timers/promises';
import type { BaseCheckpointSaver } from '@langchain/langgraph-checkpoint';
import pLimit, { type LimitFunction } from 'p-limit';
import type { AssertAffordable } from '#modules/ai';
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
import { createConversationExporter } from './account-export/conversation-exporter.service.ts';
import { createOwnConversationsRepository } from './account-export/own-conversations.repository.ts';
import { createConversationEraser } from './erasure/conversation-eraser.service.ts';
import { createConversationsRepository } from './erasure/conversations.repository.ts';
import { createMessagesRepository } from './messages/messages.repository.ts';
import { registerMessageRoutes } from './messages/messages.routes.ts';
import { createMessageService } from './messages/messages.service.ts';
import { createActiveRuns } from './runs/active-runs.ts';
import type { FailureDescription } from './runs/closing-events.ts';
import { createExecuteRun } from './runs/execute-run.ts';
import { createMeterUsage, type PriceUsage } from './runs/meter-usage.ts';
import { createObserveRun } from './runs/observe-run.ts';
import { createPlanRun } from './runs/plan-run.ts';
import { registerPurgeRunEvents } from './runs/purge-run-events.job.ts';
import { createRunEventsRepository } from './runs/run-events.repository.ts';
import { createRunKeeper } from './runs/run-keeper.ts';
import { createRunRecovery } from './runs/run-recovery.service.ts';
import { createRunStreams } from './runs/run-streams.service.ts';
import { createRunsRepository } from './runs/runs.repository.ts';
import { registerRunRoutes } from './runs/runs.routes.ts';
import { createRunService, type PassageRetriever } from './runs/runs.service.ts';
import { createSettleRun } from './runs/settle-run.ts';
import {
  createRunTransitionsRepository,
  type RunTransitionsRepository,
} from './runs/run-transitions.repository.ts';
import { createSessionsRepository } from './sessions/sessions.repository.ts';
import { registerSessionRoutes } from './sessions/sessions.routes.ts';
import {
  createSessionService,
  type ModelPicker,
  type ProjectReader,
} from './sessions/sessions.service.ts';

export type ChatModuleDependencies = {
  readonly database: Database;
  readonly loadCheckpointer: (inTurn: LimitFunction) => Promise<BaseCheckpointSaver>;
  readonly projects: ProjectReader;
  readonly knowledge: PassageRetriever;
  readonly pickModel: ModelPicker;
  readonly priceUsage: PriceUsage;
  readonly assertAffordable: AssertAffordable;
  readonly countTokens: (text: string) => number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly observer?: Observer | undefined;
  readonly settings: ChatSettings;
};

export type ChatSettings = {
  readonly graceSeconds: number;
  readonly retentionMinutes: number;
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
  const { database, projects, knowledge, pickModel, countTokens } = dependencies;
  const { clock, logger, metrics, settings } = dependencies;
  const runsOf = (teamId: TeamId) => createRunsRepository(database.forTeam(teamId));
  const runEventsOf = (teamId: TeamId) => createRunEventsRepository(database.forTeam(teamId));
  const inTurn = pLimit(RUN_STATEMENTS_AT_ONCE);
  const transitionsOf = (teamId: TeamId): RunTransitionsRepository => {
    const { begin, end } = createRunTransitionsRepository(database.forTeam(teamId));
    return {
      begin: (beginning) => inTurn(() => begin(beginning)),
      end: (ending) => inTurn(() => end(ending)),
    };
  };
  const messagesOf = (teamId: TeamId) => createMessagesRepository(database.forTeam(teamId));
  const sessionsOf = (teamId: TeamId) => createSessionsRepository(database.forTeam(teamId));
  const allRuns = () => createRunsRepository(database.forSystem());
  const allRunEvents = () => createRunEventsRepository(database.forSystem());
  const unitOfWork = createUnitOfWork(database, bindRepositories);

  const systemPrompt = loadPrompts(PROMPTS)('answer');
  const { keepLatest } = createCheckpointsRepository(database.unscoped());
  const agent = createAgent({
    loadCheckpointer: () => dependencies.loadCheckpointer(inTurn),
    pruneState: keepLatest,
    systemPrompt,
    countTokens,
    logger,
  });
  const meterUsage = createMeterUsage(dependencies.priceUsage, settings);
  const settleRun = createSettleRun(transitionsOf);
  const activeRuns = createActiveRuns(settings);

  const sessions = createSessionService({ sessionsOf, unitOfWork, projects, pickModel });
  const messages = createMessageService({ sessions, messagesOf, unitOfWork });
  const recovery = createRunRecovery({
    allRuns,
    allRunEvents,
    agent,
    settleRun,
    meterUsage,
    describeFailure,
    countTokens,
    settings,
    logger,
  });
  const keeper = createRunKeeper({
    activeRuns,
    allRuns,
    allRunEvents,
    recovery,
    settings,
    logger,
  });
  const streams = createRunStreams({ activeRuns, runsOf, runEventsOf, clock, settings, metrics });
  const runs = createRunService({
    sessions,
    planRun: createPlanRun({ sessions, projects, pickModel }),
    executeRun: createExecuteRun({
      agent,
      keeper,
      settleRun,
      meterUsage,
      describeFailure,
      observeRun: createObserveRun(dependencies.observer),
      clock,
      logger,
      metrics,
    }),
    knowledge,
    activeRuns,
    streams,
    recovery,
    runsOf,
    transitionsOf,
    assertAffordable: dependencies.assertAffordable,
    settings,
    metrics,
  });

  const answers = createAnswerService({
    projects,
    knowledge,
    pickModel,
    systemPrompt: systemPrompt.text,
    countTokens,
    metrics,
  });

  return {
    answers,
    sessions,
    messages,
    runs,
    recovery,
    /** To be added to identity's. */
    userEraser: createConversationEraser({
      conversations: () => createConversationsRepository(database.forSystem()),
      checkpoints: () => createCheckpointsRepository(database.unscoped()),
      activeRuns,
      recovery,
      wait: (milliseconds) => sleep(milliseconds),
    }),
    userExporter: createConversationExporter((teamId) =>
      createOwnConversationsRepository(database.forTeam(teamId)),
    ),
    registerRoutes(app: App): void {
      registerSessionRoutes(app, { sessions });
      registerMessageRoutes(app, { messages });
      registerRunRoutes(app, { runs, streams });
    },
    registerJobs(queue: JobQueue): void {
      registerPurgeRunEvents(queue, { recovery });
    },
    /** Ends what a former process left, and begins to keep the database in step with running runs. */
    async start({ isOnlyProcess }: { readonly isOnlyProcess: boolean }): Promise<void> {
      await (isOnlyProcess ? recovery.sweepAllRuns() : recovery.sweepLostRuns());
      keeper.start();
    },
    async drain(graceSeconds: number): Promise<void> {
      await runs.drain(graceSeconds);
      keeper.stop();
    },
  };
}

function bindRepositories(queries: Queries) {
  return {
    sessions: createSessionsRepository(queries),
    messages: createMessagesRepository(queries),
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
