import { z } from 'zod';
import type { App } from '#platform/http/app';
import { AcceptedResponse } from '../one-time-tokens/one-time-tokens.schemas.ts';
import { PasswordForgot, PasswordReset } from './password-reset.schemas.ts';
import type { PasswordResetService } from './password-reset.service.ts';

const tags = ['auth'];

const forgot = {
  schema: {
    operationId: 'requestPasswordReset',
    summary: 'Ask for a mail to set a new password; the answer is the same for every address',
    tags,
    body: PasswordForgot,
    response: { 202: AcceptedResponse },
  },
  config: { access: 'public', rateLimit: 'login' },
} as const;
const reset = {
  schema: {
    operationId: 'resetPassword',
    summary: 'Set a new password with a mailed token, and sign out everywhere',
    tags,
    body: PasswordReset,
    response: { 204: z.void() },
  },
  config: { access: 'public', rateLimit: 'login' },
} as const;

const MESSAGE = 'If the address has an account, a mail is on its way to it.';

export function registerPasswordResetRoutes(
  app: App,
  { passwordReset }: { passwordReset: PasswordResetService },
): void {
  app.post('/auth/password/forgot', forgot, async (request, reply) => {
    await passwordReset.request(request.body);
    return reply.code(202).send({ message: MESSAGE });
  });

  app.post('/auth/password/reset', reset, async (request, reply) => {
    const { token, new_password: newPassword } = request.body;
    await passwordReset.reset({ token, newPassword });
    return reply.code(204).send();
  });
}
