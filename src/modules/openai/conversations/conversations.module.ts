import { createUnitOfWork, type Database, type Queries } from '#platform/db/database';
import type { App } from '#platform/http/app';
import type { TeamId } from '#shared/ids';
import { createConversationItemsRepository } from './conversation-items.repository.ts';
import { registerConversationItemRoutes } from './conversation-items.routes.ts';
import { createConversationsRepository } from './conversations.repository.ts';
import { registerConversationRoutes } from './conversations.routes.ts';
import { createConversationService, type ConversationStore } from './conversations.service.ts';

const ERASE_BATCH = 500;

/** What was said, for as long as its user keeps it. */
export function createConversationsPart(database: Database) {
  const storeIn = (queries: Queries): ConversationStore => ({
    conversations: createConversationsRepository(queries),
    items: createConversationItemsRepository(queries),
  });
  const storeOf = (teamId: TeamId) => storeIn(database.forTeam(teamId));
  const whole = () => storeIn(database.forSystem());
  const conversations = createConversationService(createUnitOfWork(database, storeIn));
  const batch = ERASE_BATCH;
  return {
    conversations,
    /** Items first: a conversation may have more of them than one step should take. */
    ownTables: [
      { table: 'conversation_items', rows: () => whole().items, batch },
      { table: 'conversations', rows: () => whole().conversations, batch },
    ],
    ownFiles: [
      { name: 'conversations.jsonl', rowsOf: (teamId: TeamId) => storeOf(teamId).conversations },
      { name: 'conversation-items.jsonl', rowsOf: (teamId: TeamId) => storeOf(teamId).items },
    ],
    registerRoutes(app: App): void {
      registerConversationRoutes(app, { conversations });
      registerConversationItemRoutes(app, { conversations });
    },
  };
}
