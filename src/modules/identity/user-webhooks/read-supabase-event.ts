import { z } from 'zod';
import { readProfile, type ExternalProfile } from '../issuers/external-profile.ts';
import { Moment, Subject, type UserWord } from './user-word.ts';

const User = z.object({
  id: Subject,
  email: z.unknown().optional(),
  email_confirmed_at: z.unknown().optional(),
  updated_at: Moment.nullish().catch(undefined),
  user_metadata: z.looseObject({}).nullish(),
  raw_user_meta_data: z.looseObject({}).nullish(),
});

const SAVED = ['user.created', 'user.updated'] as const;

/** A message of the Standard Webhooks scheme, as a function of the project sends it. */
const Message = z.object({
  type: z.enum([...SAVED, 'user.deleted']),
  timestamp: Moment.optional(),
  data: User,
});

/** A database webhook on the table of users. */
const RowChange = z.object({
  type: z.enum(['INSERT', 'UPDATE', 'DELETE']),
  schema: z.literal('auth'),
  table: z.literal('users'),
  record: User.nullish(),
  old_record: User.nullish(),
});

/** The hook that is asked before a user is made. */
const CreationHook = z.object({
  metadata: z.object({ name: z.literal('before-user-created'), time: Moment.optional() }),
  user: User,
});

type User = z.output<typeof User>;

/** What Supabase says of a user, in any of the three ways it has; undefined for anything else. */
export function readSupabaseEvent(payload: unknown): UserWord | undefined {
  return readMessage(payload) ?? readRowChange(payload) ?? readCreationHook(payload);
}

function readMessage(payload: unknown): UserWord | undefined {
  const { data: message } = Message.safeParse(payload);
  if (!message) return undefined;
  const { type, timestamp, data } = message;
  return type === 'user.deleted' ? deleted(data, timestamp) : saved(data, timestamp);
}

function readRowChange(payload: unknown): UserWord | undefined {
  const { data: change } = RowChange.safeParse(payload);
  if (!change) return undefined;
  const { record, old_record: former } = change;
  if (change.type === 'DELETE') return former ? deleted(former, undefined) : undefined;
  return record ? saved(record, undefined) : undefined;
}

function readCreationHook(payload: unknown): UserWord | undefined {
  const { data: hook } = CreationHook.safeParse(payload);
  return hook && saved(hook.user, hook.metadata.time);
}

function saved(user: User, toldAt: Date | undefined): UserWord {
  const at = user.updated_at ?? toldAt;
  return { kind: 'saved', subject: user.id, at, profile: profileOf(user) };
}

function deleted({ id }: User, at: Date | undefined): UserWord {
  return { kind: 'deleted', subject: id, at };
}

function profileOf(user: User): ExternalProfile {
  const names = user.user_metadata ?? user.raw_user_meta_data ?? {};
  return readProfile({
    email: user.email,
    isEmailVerified: typeof user.email_confirmed_at === 'string',
    username: names['user_name'],
    firstName: names['first_name'],
    lastName: names['last_name'],
  });
}
