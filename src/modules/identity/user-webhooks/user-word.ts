import { z } from 'zod';
import type { ExternalProfile } from '../issuers/external-profile.ts';

/** What a provider says of one of its users. */
export type UserWord = {
  readonly subject: string;
  /** Undefined where it does not say when. */
  readonly at: Date | undefined;
} & ({ readonly kind: 'saved'; readonly profile: ExternalProfile } | { readonly kind: 'deleted' });

/** Undefined for what is no word about a user. */
export type ReadUserWord = (payload: unknown) => UserWord | undefined;

const LAST_MS = Date.UTC(3000, 0);

/** A moment as milliseconds since 1970, or as text. */
export const Moment = z
  .union([z.number(), z.string()])
  .transform((value) => new Date(value))
  .refine((date) => date.getTime() >= 0 && date.getTime() < LAST_MS);

export const Subject = z
  .string()
  .min(1)
  .max(255)
  .regex(/^[^\p{C}]+$/u);
