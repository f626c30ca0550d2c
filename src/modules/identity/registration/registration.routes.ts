import type { App } from '#platform/http/app';
import { AcceptedResponse, OneTimeTokenUse } from '../one-time-tokens/one-time-tokens.schemas.ts';
import { presentUser, UserCreate, UserResponse } from '../users/users.schemas.ts';
import type { RegistrationService } from './registration.service.ts';

const tags = ['auth'];

const register = {
  schema: {
    operationId: 'registerUser',
    summary: 'Sign up with an address and a password',
    description:
      'Answers 202 and one body for every address where sign-ups are confirmed by mail (`REGISTRATION_CONFIRM`).',
    tags,
    body: UserCreate,
    response: { 201: UserResponse, 202: AcceptedResponse },
  },
  config: { access: 'public', rateLimit: 'register' },
} as const;
const confirm = {
  schema: {
    operationId: 'confirmRegistration',
    summary: 'Make the account of a sign-up with the token that was mailed',
    tags,
    body: OneTimeTokenUse,
    response: { 201: UserResponse },
  },
  config: { access: 'public', rateLimit: 'login' },
} as const;

const MESSAGE = 'A mail is on its way to the address. It says how to go on.';

export function registerRegistrationRoutes(
  app: App,
  { registration }: { registration: RegistrationService },
): void {
  app.post('/auth/register', register, async (request, reply) => {
    const { email, password, username = null, first_name, last_name } = request.body;
    const names = { username, firstName: first_name ?? null, lastName: last_name ?? null };
    const user = await registration.register({ email, password, ...names });
    if (!user) return reply.code(202).send({ message: MESSAGE });
    return reply.code(201).send(presentUser(user));
  });

  app.post('/auth/register/confirm', confirm, async (request, reply) =>
    reply.code(201).send(presentUser(await registration.confirm(request.body))),
  );
}
