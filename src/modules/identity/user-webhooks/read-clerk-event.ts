import { z } from 'zod';
import { readProfile, type ExternalProfile } from '../issuers/external-profile.ts';
import { Moment, Subject, type UserWord } from './user-word.ts';

const Event = z.object({
  type: z.enum(['user.created', 'user.updated', 'user.deleted']),
  timestamp: Moment.optional(),
  data: z.object({
    id: Subject,
    updated_at: Moment.optional(),
    username: z.unknown().optional(),
    first_name: z.unknown().optional(),
    last_name: z.unknown().optional(),
    primary_email_address_id: z.unknown().optional(),
    email_addresses: z
      .array(
        z.object({
          id: z.unknown().optional(),
          email_address: z.unknown().optional(),
          verification: z.object({ status: z.unknown().optional() }).nullish(),
        }),
      )
      .optional(),
  }),
});

type User = z.output<typeof Event>['data'];

/** An event of Clerk about a user; undefined for any other. */
export function readClerkEvent(payload: unknown): UserWord | undefined {
  const { data: event } = Event.safeParse(payload);
  if (!event) return undefined;
  const { type, timestamp, data } = event;
  if (type === 'user.deleted') return { kind: 'deleted', subject: data.id, at: timestamp };
  const at = data.updated_at ?? timestamp;
  return { kind: 'saved', subject: data.id, at, profile: profileOf(data) };
}

function profileOf(user: User): ExternalProfile {
  const { email_addresses: addresses = [], primary_email_address_id: primaryId } = user;
  const primary = primaryId ? addresses.find(({ id }) => id === primaryId) : addresses[0];
  const status = primary?.verification?.status;
  return readProfile({
    email: primary?.email_address,
    isEmailVerified: status === undefined ? undefined : status === 'verified',
    username: user.username,
    firstName: user.first_name,
    lastName: user.last_name,
  });
}
