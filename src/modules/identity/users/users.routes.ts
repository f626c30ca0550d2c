import { z } from 'zod';
import type { App } from '#platform/http/app';
import {
  CurrentUserResponse,
  namesOf,
  PasswordUpdate,
  presentCurrentUser,
  UserUpdate,
} from './users.schemas.ts';
import type { UserService } from './users.service.ts';

const tags = ['users'];

const getMe = {
  schema: {
    operationId: 'getCurrentUser',
    summary: 'Read who is signed in',
    tags,
    response: { 200: CurrentUserResponse },
  },
  config: { access: 'user', isPasswordResetAllowed: true },
} as const;
const updateMe = {
  schema: {
    operationId: 'updateCurrentUser',
    summary: 'Change the names of who is signed in',
    tags,
    body: UserUpdate,
    response: { 200: CurrentUserResponse },
  },
  config: { access: 'user', signIn: 'person' },
} as const;
const changePassword = {
  schema: {
    operationId: 'updatePassword',
    summary: 'Change the password and sign out everywhere else',
    tags,
    body: PasswordUpdate,
    response: { 204: z.void() },
  },
  config: {
    access: 'user',
    signIn: 'session',
    rateLimit: 'login',
    isPasswordResetAllowed: true,
  },
} as const;

export function registerUserRoutes(app: App, { users }: { users: UserService }): void {
  app.get('/users/me', getMe, async (request) =>
    presentCurrentUser(await users.getMe(request.actor), request.actor),
  );

  app.patch('/users/me', updateMe, async (request) => {
    const { actor, body } = request;
    return presentCurrentUser(await users.updateMe(actor, namesOf(body)), actor);
  });

  app.put('/users/me/password', changePassword, async (request, reply) => {
    const { current_password: currentPassword, new_password: newPassword } = request.body;
    await users.changePassword(request.actor, { currentPassword, newPassword });
    return reply.code(204).send();
  });
}
