import { z } from 'zod';
import { uuid } from '../schema-parts.ts';
import type { TeamId } from '#shared/ids';
import type { Problem } from '../problem.ts';

const MAX_NAME_LENGTH = 64;
const MAX_TOKEN_LENGTH = 8192;

const subscription = z
  .string()
  .min(1)
  .max(MAX_NAME_LENGTH)
  .describe('A name of the client’s own, which comes back with each event');

/** What a client may send. */
export const ClientMessage = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('auth'),
    token: z.string().min(1).max(MAX_TOKEN_LENGTH),
    team_id: uuid<TeamId>().optional(),
  }),
  /** The parameters of the topic stand beside these. */
  z.looseObject({
    type: z.literal('subscribe'),
    subscription,
    topic: z.string().min(1).max(MAX_NAME_LENGTH),
  }),
  z.strictObject({ type: z.literal('unsubscribe'), subscription }),
  z.strictObject({ type: z.literal('ping') }),
]);

export type ClientMessage = z.output<typeof ClientMessage>;

/** What the server sends. */
export type ServerMessage =
  | { readonly type: 'ready'; readonly user_id: string; readonly team_id: string }
  | { readonly type: 'subscribed' | 'ended'; readonly subscription: string }
  | { readonly type: 'pong' }
  | ({ readonly type: 'error'; readonly subscription?: string } & Omit<Problem, 'type'>);
