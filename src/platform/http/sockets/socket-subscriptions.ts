import { AppError, notFound } from '#platform/errors/app-error';
import type { Actor } from '#shared/actor';
import { formatEvent } from './format-event.ts';
import type { SocketFeed, SocketTopic } from './socket-topic.ts';
import type { ServerMessage } from './socket-messages.ts';

export type Outlet = {
  tell(message: ServerMessage): void;
  /** Resolves when the client has taken it, so that a feed is never faster than its reader. */
  sendText(text: string): Promise<void>;
  tellFailure(error: unknown, subscription?: string): void;
};

type Asked = { readonly name: string; readonly topic: string; readonly parameters: unknown };

/** What one socket follows, by the names that its client gave. */
export function createSubscriptions(
  topics: ReadonlyMap<string, SocketTopic>,
  { outlet, maxSubscriptions }: { readonly outlet: Outlet; readonly maxSubscriptions: number },
) {
  const open = new Map<string, AbortController>();

  async function follow(name: string, feed: SocketFeed, { signal }: AbortController) {
    outlet.tell({ type: 'subscribed', subscription: name });
    for await (const event of feed(signal)) {
      if (signal.aborted) return;
      await outlet.sendText(formatEvent(name, event));
    }
    if (!signal.aborted) outlet.tell({ type: 'ended', subscription: name });
  }

  function assertOpenable({ name, topic }: Asked): SocketTopic {
    if (open.has(name)) {
      throw new AppError('conflict', `The subscription "${name}" is open already`, {
        reason: 'subscription.open',
      });
    }
    if (open.size >= maxSubscriptions) {
      throw new AppError('conflict', `A socket takes ${maxSubscriptions} subscriptions`, {
        reason: 'subscription.too_many',
      });
    }
    const found = topics.get(topic);
    if (!found) throw notFound('topic', topic);
    return found;
  }

  return {
    async subscribe(actor: Actor, asked: Asked): Promise<void> {
      const { name, parameters } = asked;
      let closing: AbortController | undefined;
      try {
        const topic = assertOpenable(asked);
        closing = new AbortController();
        open.set(name, closing);
        const feed = await topic.open(actor, parameters);
        await follow(name, feed, closing);
      } catch (error) {
        if (!closing?.signal.aborted) outlet.tellFailure(error, name);
      } finally {
        if (open.get(name) === closing) open.delete(name);
      }
    },

    unsubscribe(name: string): void {
      open.get(name)?.abort();
      open.delete(name);
      outlet.tell({ type: 'ended', subscription: name });
    },

    closeAll(): void {
      for (const closing of open.values()) closing.abort();
      open.clear();
    },
  };
}
