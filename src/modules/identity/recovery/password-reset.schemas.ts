import { z } from 'zod';
import { OneTimeTokenInput } from '../one-time-tokens/one-time-tokens.schemas.ts';
import { EmailInput, NewPassword } from '../users/users.schemas.ts';

export const PasswordForgot = z.strictObject({ email: EmailInput }).meta({ id: 'PasswordForgot' });

export const PasswordReset = z
  .strictObject({ token: OneTimeTokenInput, new_password: NewPassword })
  .meta({ id: 'PasswordReset' });
