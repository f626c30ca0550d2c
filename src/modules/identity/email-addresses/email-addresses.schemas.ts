import { z } from 'zod';
import { EmailInput, PasswordInput } from '../users/users.schemas.ts';

export const EmailUpdate = z
  .strictObject({ email: EmailInput, current_password: PasswordInput })
  .meta({ id: 'EmailUpdate' });
