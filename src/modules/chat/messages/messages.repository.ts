import { sql } from 'kysely';
import type { Queries } from '#platform/db/database';
import type { DocumentId, MessageId, RunId, SessionId, UserId } from '#shared/ids';
import { pageOffset, type Page, type PageRequest } from '#shared/page';
import type { FeedbackScore } from '../feedback/feedback.repository.ts';
import type { SessionKey } from '../sessions/sessions.repository.ts';

export type MessageStatus = 'pending' | 'complete' | 'aborted' | 'incomplete';

/** A citation as it is stored with its message and sent; offsets are into the document's extracted text. */
export type StoredCitation = {
  readonly document_id: DocumentId;
  readonly document_title: string;
  readonly page: number | null;
  readonly quote: string;
  readonly start_offset: number;
  readonly end_offset: number;
};

/** What a tool did for an answer; long texts are cut. */
export type StoredToolCall = {
  readonly id: string;
  readonly name: string;
  readonly arguments: string;
  /** Null where nothing came of it. */
  readonly content: string | null;
  readonly is_error: boolean;
};

export type MessageRecord = {
  readonly id: MessageId;
  readonly sessionId: SessionId;
  readonly runId: RunId | null;
  readonly role: 'user' | 'assistant' | 'system' | 'tool';
  readonly content: string;
  readonly model: string | null;
  readonly status: MessageStatus;
  readonly citations: readonly StoredCitation[];
  readonly toolCalls: readonly StoredToolCall[];
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly costMicros: number;
  readonly isUsageEstimated: boolean;
  readonly latencyMs: number | null;
  readonly finishReason: string | null;
  readonly error: string | null;
  readonly traceId: string | null;
  readonly createdAt: string;
};

/** A message with what its reader thinks of it. */
export type ReadMessage = MessageRecord & { readonly feedbackScore: FeedbackScore | null };

export type MessageOrigin = Pick<MessageRecord, 'id' | 'role' | 'sessionId' | 'runId' | 'traceId'>;

/** A message in a session of this user. */
export type MessageKey = { readonly id: MessageId; readonly userId: UserId };

export type FinishedAnswer = Pick<
  MessageRecord,
  | 'content'
  | 'citations'
  | 'toolCalls'
  | 'promptTokens'
  | 'completionTokens'
  | 'costMicros'
  | 'isUsageEstimated'
  | 'latencyMs'
  | 'finishReason'
  | 'error'
> & {
  readonly status: Exclude<MessageStatus, 'pending'>;
  readonly currency: string;
  readonly costUsdRate: number;
};

export type MessageListing = PageRequest & {
  readonly direction: 'asc' | 'desc';
  /** Lists from the message after this one instead of by pages. */
  readonly after?: MessageId | undefined;
};

const COLUMNS = [
  'id',
  'session_id as sessionId',
  'run_id as runId',
  'role',
  'content',
  'model',
  'status',
  'citations',
  'tool_calls as toolCalls',
  'prompt_tokens as promptTokens',
  'completion_tokens as completionTokens',
  'cost_micros as costMicros',
  'usage_estimated as isUsageEstimated',
  'latency_ms as latencyMs',
  'finish_reason as finishReason',
  'error',
  'trace_id as traceId',
  'created_at as createdAt',
] as const;

export type MessagesRepository = ReturnType<typeof createMessagesRepository>;

export function createMessagesRepository(queries: Queries) {
  return {
    async list(session: SessionKey, listing: MessageListing): Promise<Page<ReadMessage>> {
      const { id: sessionId, userId } = session;
      const { direction, after } = listing;
      const inSession = queries.selectFrom('messages').where('session_id', '=', sessionId);
      const countAll = inSession.select((row) => row.fn.countAll<number>().as('total'));
      const comparison = direction === 'asc' ? sql`>` : sql`<`;
      const rows = await inSession
        .$if(after !== undefined, (query) =>
          query.where(
            sql<boolean>`(created_at, id) ${comparison} (select created_at, id from messages where id = ${after ?? null} and session_id = ${sessionId})`,
          ),
        )
        .select([...COLUMNS, countAll.as('total')])
        .select((row) =>
          row
            .selectFrom('message_feedback')
            .select('score')
            .whereRef('message_feedback.message_id', '=', 'messages.id')
            .where('message_feedback.user_id', '=', userId)
            .as('feedbackScore'),
        )
        .orderBy('created_at', direction)
        .orderBy('id', direction)
        .limit(listing.pageSize)
        .offset(after === undefined ? pageOffset(listing) : 0)
        .$castTo<ReadMessage & { readonly total: number }>()
        .execute();
      const total = rows[0]?.total ?? (await countAll.executeTakeFirstOrThrow()).total;
      return { items: rows, total, page: listing.page, pageSize: listing.pageSize };
    },

    /** Finds a message and keeps it until the transaction ends. */
    async lock({ id, userId }: MessageKey): Promise<MessageOrigin | undefined> {
      return queries
        .selectFrom('messages')
        .innerJoin('sessions', 'sessions.id', 'messages.session_id')
        .select(['messages.id', 'messages.role', 'messages.session_id as sessionId'])
        .select(['messages.run_id as runId', 'messages.trace_id as traceId'])
        .where('messages.id', '=', id)
        .where('sessions.user_id', '=', userId)
        .forKeyShare('messages')
        .$castTo<MessageOrigin>()
        .executeTakeFirst();
    },

    async deleteAll(sessionId: SessionId): Promise<void> {
      await queries.deleteFrom('messages').where('session_id', '=', sessionId).execute();
    },
  };
}
