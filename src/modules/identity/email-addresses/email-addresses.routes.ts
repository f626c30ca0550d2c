import { z } from 'zod';
import type { App } from '#platform/http/app';
import { AcceptedResponse, OneTimeTokenUse } from '../one-time-tokens/one-time-tokens.schemas.ts';
import { EmailUpdate } from './email-addresses.schemas.ts';
import type { EmailAddressService } from './email-addresses.service.ts';

const verify = {
  schema: {
    operationId: 'verifyEmail',
    summary: 'Confirm an address with the token that was mailed to it',
    tags: ['auth'],
    body: OneTimeTokenUse,
    response: { 204: z.void() },
  },
  config: { access: 'public', rateLimit: 'login' },
} as const;
const requestVerification = {
  schema: {
    operationId: 'requestEmailVerification',
    summary: 'Mail the verification again, unless the address is verified',
    tags: ['users'],
    response: { 202: AcceptedResponse },
  },
  config: { access: 'user', signIn: 'person', rateLimit: 'login' },
} as const;
const requestChange = {
  schema: {
    operationId: 'requestEmailChange',
    summary: 'Ask for another address; it holds once it is confirmed by a mail to it',
    tags: ['users'],
    body: EmailUpdate,
    response: { 202: AcceptedResponse },
  },
  config: { access: 'user', signIn: 'session', rateLimit: 'login' },
} as const;

const VERIFICATION_MESSAGE = 'If the address is not verified yet, a mail is on its way to it.';
const CHANGE_MESSAGE = 'If the address can be yours, a mail is on its way to it.';

export function registerEmailAddressRoutes(
  app: App,
  { emailAddresses }: { emailAddresses: EmailAddressService },
): void {
  app.post('/auth/email/verify', verify, async (request, reply) => {
    await emailAddresses.verify(request.body);
    return reply.code(204).send();
  });

  app.post('/users/me/email/verification', requestVerification, async (request, reply) => {
    await emailAddresses.requestVerification(request.actor);
    return reply.code(202).send({ message: VERIFICATION_MESSAGE });
  });

  app.post('/users/me/email', requestChange, async (request, reply) => {
    const { email, current_password: currentPassword } = request.body;
    await emailAddresses.requestChange(request.actor, { email, currentPassword });
    return reply.code(202).send({ message: CHANGE_MESSAGE });
  });
}
