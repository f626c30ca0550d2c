import { z } from 'zod';
import { text, timestamp, uuid } from '#platform/http/schema-parts';
import type { Actor } from '#shared/actor';
import {
  listUnmetRules,
  MAX_PASSWORD_CHARACTERS,
  MAX_PASSWORD_INPUT,
  MIN_PASSWORD_CHARACTERS,
  PASSWORD_TOO_LONG,
} from '../passwords/check-password.ts';
import { parseEmail, type EmailAddress } from './parse-email.ts';
import type { UserNames, UserRecord } from './users.repository.ts';

/** Room for what canonical form takes away: blanks, and letters that compose. */
const MAX_EMAIL_INPUT = 512;
const MAX_NAME_LENGTH = 100;

/** An address as anybody writes it; it parses to the canonical form. */
export const EmailInput = text(MAX_EMAIL_INPUT)
  .transform((value, context): EmailAddress => {
    const email = parseEmail(value);
    if (email) return email;
    context.addIssue({ code: 'custom', message: 'Not a valid email address' });
    return z.NEVER;
  })
  .meta({ format: 'email' });

/** A password that is about to be checked against a hash: any that could ever have been set. */
export const PasswordInput = z
  .string()
  .min(1)
  .max(MAX_PASSWORD_INPUT, { error: PASSWORD_TOO_LONG, abort: true })
  .pipe(text(MAX_PASSWORD_INPUT))
  .meta({ format: 'password' });

/** A password to be set: each rule that it does not meet is an error of its own. */
export const NewPassword = PasswordInput.superRefine((password, context) => {
  for (const message of listUnmetRules(password)) context.addIssue({ code: 'custom', message });
}).describe(
  `${MIN_PASSWORD_CHARACTERS} to ${MAX_PASSWORD_CHARACTERS} characters with an uppercase letter, a lowercase letter, a number and a special character; a letter without case counts as both`,
);

const name = text(MAX_NAME_LENGTH).min(1);

export const UserCreate = z
  .strictObject({
    email: EmailInput,
    password: NewPassword,
    username: name.nullish(),
    first_name: name.nullish(),
    last_name: name.nullish(),
  })
  .meta({ id: 'UserCreate' });

export const UserUpdate = z
  .strictObject({
    username: name.nullable().optional(),
    first_name: name.nullable().optional(),
    last_name: name.nullable().optional(),
  })
  .meta({ id: 'UserUpdate' });

export const PasswordUpdate = z
  .strictObject({ current_password: PasswordInput, new_password: NewPassword })
  .meta({ id: 'PasswordUpdate' });

export const UserResponse = z
  .object({
    id: uuid(),
    email: z.string().nullable().describe('Null for some users of an external issuer'),
    username: z.string().nullable(),
    first_name: z.string().nullable(),
    last_name: z.string().nullable(),
    role: z.enum(['user', 'admin']),
    tier: z.enum(['free', 'pro', 'enterprise']).describe('Tier of the personal team'),
    is_active: z.boolean(),
    email_verified: z.boolean().describe('They followed a mail to this address'),
    must_reset_password: z
      .boolean()
      .describe('Everything but a new password is refused with `password_reset_required`'),
    created_at: timestamp,
  })
  .meta({ id: 'UserResponse' });

export const CurrentUserResponse = UserResponse.extend({
  impersonated_by: uuid()
    .optional()
    .describe('The administrator who acts in the name of the user, so that a client can say so'),
}).meta({ id: 'CurrentUserResponse' });

export function presentCurrentUser(
  user: UserRecord,
  { credential }: Actor,
): z.input<typeof CurrentUserResponse> {
  const impersonatorId = credential.kind === 'session' ? credential.impersonatorId : undefined;
  return { ...presentUser(user), ...(impersonatorId && { impersonated_by: impersonatorId }) };
}

export function presentUser(user: UserRecord): z.input<typeof UserResponse> {
  return {
    id: user.id,
    email: user.email,
    username: user.username,
    first_name: user.firstName,
    last_name: user.lastName,
    role: user.role,
    tier: user.tier,
    is_active: user.isActive,
    email_verified: user.emailVerifiedAt !== null,
    must_reset_password: user.mustResetPassword,
    created_at: user.createdAt,
  };
}

/** The names of a body; one that is not there stays as it is. */
export function namesOf(body: z.output<typeof UserUpdate>): Partial<UserNames> {
  const { username, first_name: firstName, last_name: lastName } = body;
  return {
    ...(username !== undefined && { username }),
    ...(firstName !== undefined && { firstName }),
    ...(lastName !== undefined && { lastName }),
  };
}
