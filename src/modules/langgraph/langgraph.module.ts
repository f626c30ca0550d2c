import type { AgentDirectory } from '#modules/agents';
import type {
  ApprovalService,
  MessageService,
  NotedSessionService,
  RunService,
  RunStreams,
  SessionRunService,
  SessionService,
} from '#modules/chat';
import type { Database } from '#platform/db/database';
import type { App } from '#platform/http/app';
import { registerAssistantRefusals } from './assistants/assistant-refusals.routes.ts';
import { registerAssistantRoutes } from './assistants/assistants.routes.ts';
import { createAssistantService } from './assistants/assistants.service.ts';
import { registerRunRoutes } from './runs/runs.routes.ts';
import { createThreadRunService } from './runs/runs.service.ts';
import { createThreadStreams } from './runs/thread-streams.service.ts';
import { registerStateRoutes } from './states/states.routes.ts';
import { createPendingApprovals } from './states/pending-approvals.service.ts';
import { createStateService } from './states/states.service.ts';
import { createThreadMessages } from './states/thread-messages.service.ts';
import { createStorePart } from './store/store.module.ts';
import { registerThreadRoutes } from './threads/threads.routes.ts';
import { createThreadService } from './threads/threads.service.ts';

export type LangGraphModuleDependencies = {
  readonly database: Database;
  readonly chat: {
    readonly approvals: ApprovalService;
    readonly messages: MessageService;
    readonly notedSessions: NotedSessionService;
    readonly runs: RunService;
    readonly sessionRuns: SessionRunService;
    readonly sessions: SessionService;
    readonly streams: RunStreams;
  };
  readonly agents: { readonly directory: AgentDirectory };
  readonly settings: { readonly retentionMinutes: number };
};

/** What `@langchain/langgraph-sdk` calls, under `/langgraph`: its words for chat. */
export function createLangGraphModule(dependencies: LangGraphModuleDependencies) {
  const { agents, chat, settings } = dependencies;
  const store = createStorePart(dependencies);
  const threadMessages = createThreadMessages(chat);
  const assistants = createAssistantService(agents);
  const pendingApprovals = createPendingApprovals(chat);
  const parts = { ...chat, threadMessages, pendingApprovals };
  const threads = createThreadService(parts);
  const states = createStateService(parts);
  const streams = createThreadStreams(parts);
  const runs = createThreadRunService({ ...parts, streams, assistants, settings });
  return {
    /** To be added to identity's. */
    userEraser: store.userEraser,
    userExporter: store.userExporter,
    registerRoutes(app: App): void {
      registerAssistantRoutes(app, { assistants });
      registerAssistantRefusals(app, { assistants });
      registerThreadRoutes(app, { threads });
      registerStateRoutes(app, { states });
      registerRunRoutes(app, { runs, streams });
      store.registerRoutes(app);
    },
  };
}
