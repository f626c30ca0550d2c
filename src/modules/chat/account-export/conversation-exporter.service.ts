import type { ExportEntry, ExportSubject, UserExporter } from '#modules/identity';
import { chain, readPages } from '#platform/db/read-pages';
import type { TeamId } from '#shared/ids';
import type { OwnConversationsRepository } from './own-conversations.repository.ts';

/** Gives users their conversations with their feedback, what is remembered of them, and what they used, in teams they are in. */
export function createConversationExporter(
  ownConversationsOf: (teamId: TeamId) => OwnConversationsRepository,
): UserExporter {
  return {
    *entries({ userId, teamIds }: ExportSubject): Iterable<ExportEntry> {
      const sessionsOf = (teamId: TeamId) =>
        readPages((page) => ownConversationsOf(teamId).listSessions(userId, page));
      const messagesOf = (teamId: TeamId) =>
        chain(sessionsOf(teamId), ({ id }) =>
          readPages((page) => ownConversationsOf(teamId).listMessages(id, page)),
        );
      const feedbackOf = (teamId: TeamId) =>
        readPages((page) => ownConversationsOf(teamId).listFeedback(userId, page));
      const usageOf = (teamId: TeamId) =>
        readPages((page) => ownConversationsOf(teamId).listUsage(userId, page));
      yield { name: 'sessions.jsonl', records: chain(teamIds, sessionsOf) };
      yield { name: 'messages.jsonl', records: chain(teamIds, messagesOf) };
      yield { name: 'message-feedback.jsonl', records: chain(teamIds, feedbackOf) };
      const memoriesOf = (teamId: TeamId) =>
        readPages((page) => ownConversationsOf(teamId).listMemories(userId, page));
      yield { name: 'memories.jsonl', records: chain(teamIds, memoriesOf) };
      yield { name: 'usage-records.jsonl', records: chain(teamIds, usageOf) };
    },
  };
}
