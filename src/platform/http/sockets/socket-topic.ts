import type { z } from 'zod';
import type { Actor } from '#shared/actor';
import { readAs } from './read-as.ts';

/** What happened, for who follows a topic. `id` counts the events of a topic that can be followed from a point on. */
export type SocketEvent = { readonly id?: number } & (
  | { readonly data: unknown }
  /** Data that was made into its JSON text before. */
  | { readonly json: string }
);

/** Gives the events until there are no more or the signal aborts. */
export type SocketFeed = (signal: AbortSignal) => AsyncIterable<SocketEvent>;

/** Something that can be followed over a WebSocket; modules declare their own. */
export type SocketTopic = {
  readonly name: string;
  /** Opens a feed for who may follow it. @throws VALIDATION_ERROR, FORBIDDEN, NOT_FOUND */
  open(actor: Actor, parameters: unknown): Promise<SocketFeed>;
};

/** A topic whose parameters are checked by their schema before it sees them. */
export function defineTopic<Schema extends z.ZodType>(
  topic: Omit<SocketTopic, 'open'> & {
    readonly parameters: Schema;
    open(actor: Actor, parameters: z.output<Schema>): Promise<SocketFeed>;
  },
): SocketTopic {
  return {
    name: topic.name,
    open: async (actor, parameters) => topic.open(actor, readAs(topic.parameters, parameters)),
  };
}
