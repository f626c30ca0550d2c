export { createChatModule } from './chat.module.ts';
export { createPostgresCheckpointer } from './agent/postgres-checkpointer.ts';
export type { AnswerEvent, AnswerService } from './answers/answers.service.ts';
export type { ChatModuleDependencies } from './chat.module.ts';
export type { RunService } from './runs/runs.service.ts';
export type { SessionService } from './sessions/sessions.service.ts';
