import type { MessageService } from '#modules/chat';
import type { Actor } from '#shared/actor';
import type { RunId, SessionId } from '#shared/ids';

export type ChatMessage = Awaited<ReturnType<MessageService['list']>>['items'][number];

export type ThreadMessages = ReturnType<typeof createThreadMessages>;

/** Of a longer thread, a state holds the newest: a state is told in one piece. */
const MAX_MESSAGES = 1000;
const MAX_CHARACTERS = 250_000;
const NEWEST = { page: 1, pageSize: MAX_MESSAGES, direction: 'desc' } as const;

/** What a thread's states are made of. */
export function createThreadMessages({ messages }: { messages: Pick<MessageService, 'list'> }) {
  /** Oldest first. @throws NOT_FOUND */
  async function list(actor: Actor, sessionId: SessionId): Promise<readonly ChatMessage[]> {
    return (await messages.list(actor, { sessionId, ...NEWEST })).items.toReversed();
  }

  return {
    list,

    /** Up to the answer of a run, without what others have not answered yet. @throws NOT_FOUND */
    async listUpTo(
      actor: Actor,
      { sessionId, runId }: { readonly sessionId: SessionId; readonly runId: RunId },
    ): Promise<readonly ChatMessage[]> {
      const all = await list(actor, sessionId);
      const last = all.findLastIndex((message) => message.runId === runId);
      return all
        .slice(0, last + 1)
        .filter(({ runId: owner, status }) => owner === runId || status !== 'pending');
    },
  };
}

/** The newest of them, as far as one state holds them. */
export function newestOf(messages: readonly ChatMessage[]): readonly ChatMessage[] {
  let length = 0;
  const first = messages.findLastIndex(({ content }) => {
    length += content.length;
    return length > MAX_CHARACTERS;
  });
  return messages.slice(Math.min(first + 1, Math.max(0, messages.length - 1)));
}
