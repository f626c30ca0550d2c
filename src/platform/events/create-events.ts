import { z } from 'zod';
import type { Logger } from '#platform/telemetry/logger';
import { newId, type TeamId } from '#shared/ids';
import type { Events, Subscriber, TeamEvent } from './events.ts';
import type { MessageChannel } from './message-channel.ts';

export type EventsDependencies = {
  /** To the other processes; without one there are none. */
  readonly channel?: MessageChannel | undefined;
  readonly logger: Pick<Logger, 'warn' | 'error'>;
};

type Subscription = Subscriber & { readonly topic: string };

const Message = z.object({
  origin: z.string(),
  teamId: z.custom<TeamId>((id) => typeof id === 'string'),
  topic: z.string(),
  data: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
});

/** Delivers within the process by itself, and to other processes over a channel that opens with the first subscriber. */
export function createEvents({ channel, logger }: EventsDependencies): Events {
  const origin = newId();
  const byTeam = new Map<TeamId, Set<Subscription>>();
  let listening: Promise<{ close(): Promise<void> } | undefined> | undefined;

  function deliver(event: TeamEvent): void {
    for (const { topic, onEvent } of byTeam.get(event.teamId) ?? [])
      if (topic === event.topic) attempt(() => onEvent(event));
  }

  function receive(text: string): void {
    const { origin: sender, ...event } = Message.parse(JSON.parse(text));
    if (sender !== origin) deliver(event);
  }

  function tellOfGap(): void {
    for (const subscriptions of byTeam.values())
      for (const { onGap } of subscriptions) if (onGap) attempt(onGap);
  }

  function attempt(act: () => void): void {
    try {
      act();
    } catch (error) {
      logger.error({ err: error }, 'an event was not handled');
    }
  }

  async function listen(to: MessageChannel) {
    try {
      const opened = await to.open({
        onMessage: (text) => attempt(() => receive(text)),
        onGap: tellOfGap,
      });
      tellOfGap();
      return opened;
    } catch (error) {
      logger.warn({ err: error }, 'no events of other processes; the next subscriber tries again');
      listening = undefined;
      return undefined;
    }
  }

  return {
    publish(event) {
      deliver(event);
      channel
        ?.publish(JSON.stringify({ origin, ...event }))
        .catch((error: unknown) =>
          logger.warn({ err: error }, 'other processes were not told of an event'),
        );
    },

    subscribe({ teamId, topic }, subscriber) {
      const subscriptions = byTeam.get(teamId) ?? new Set();
      const subscription = { ...subscriber, topic };
      byTeam.set(teamId, subscriptions.add(subscription));
      if (channel) listening ??= listen(channel);
      return () => {
        subscriptions.delete(subscription);
        if (subscriptions.size === 0 && byTeam.get(teamId) === subscriptions) byTeam.delete(teamId);
      };
    },

    async close() {
      byTeam.clear();
      await (await listening)?.close();
    },
  };
}
