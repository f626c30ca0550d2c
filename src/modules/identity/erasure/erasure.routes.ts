import type { App } from '#platform/http/app';
import { callerSignal } from '#platform/http/caller-signal';
import { createSignInCookie } from '../auth/sign-in-cookie.ts';
import { AccountErase, ErasureParams, ErasureResponse, presentErasure } from './erasure.schemas.ts';
import type { ErasureService } from './erasure.service.ts';

const tags = ['users'];

const eraseMe = {
  schema: {
    operationId: 'deleteCurrentUser',
    summary: 'Erase the account and everything of it',
    description:
      'Shuts the account out at once. 200 when all is gone; 202 for a large account, whose erasure goes on and can be followed at `Location` without signing in. 409 `team.last_owner`: a team with other members has no other owner yet.',
    tags,
    body: AccountErase,
    response: { 200: ErasureResponse, 202: ErasureResponse },
  },
  config: { access: 'user', signIn: 'person', rateLimit: 'login' },
} as const;
const getErasure = {
  schema: {
    operationId: 'getErasure',
    summary: 'Read how far the erasure of an account is',
    description: 'Needs no sign-in: who knows the id was told it. Kept for 30 days.',
    tags,
    params: ErasureParams,
    response: { 200: ErasureResponse },
  },
  config: { access: 'public' },
} as const;

export type ErasureRoutesDependencies = {
  readonly erasures: ErasureService;
  readonly settings: { readonly isCookieSecure: boolean };
};

export function registerErasureRoutes(
  app: App,
  { erasures, settings }: ErasureRoutesDependencies,
): void {
  const cookie = createSignInCookie({ isSecure: settings.isCookieSecure });

  app.delete('/users/me', eraseMe, async (request, reply) => {
    const input = { currentPassword: request.body.current_password };
    const erasure = await erasures.eraseMe(request.actor, input, callerSignal(reply));
    cookie.clear(reply);
    if (erasure.finishedAt !== null) return presentErasure(erasure);
    const [path = ''] = request.url.split('/users/me');
    reply.header('location', `${path}/users/erasures/${erasure.id}`);
    return reply.code(202).send(presentErasure(erasure));
  });

  app.get('/users/erasures/:id', getErasure, async (request) =>
    presentErasure(await erasures.get(request.params.id)),
  );
}
