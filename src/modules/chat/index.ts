export { createChatModule } from './chat.module.ts';
export { createPostgresCheckpointer } from './agent/postgres-checkpointer.ts';
export type { ApprovalService } from './approvals/approvals.service.ts';
export type { AnswerEvent, AnswerService } from './answers/answers.service.ts';
export type { ChatModuleDependencies } from './chat.module.ts';
export type { MessageService } from './messages/messages.service.ts';
export type { RunStreams } from './runs/run-streams.service.ts';
export type { BusyPolicy } from './runs/plan-run.ts';
export type { RunService } from './runs/runs.service.ts';
export type { NotedRun, RunStatus, SessionRunService } from './runs/session-runs.service.ts';
export type {
  NotedSession,
  NotedSessionService,
  SessionOrder,
  SessionSearch,
} from './sessions/noted-sessions.service.ts';
export type { SessionService } from './sessions/sessions.service.ts';
