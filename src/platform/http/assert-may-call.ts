import type { FastifyRequest } from 'fastify';
import { AppError } from '#platform/errors/app-error';
import { mayAdminister, type Actor, type ApiKeyScope, type Credential } from '#shared/actor';
import { accessOf } from './authenticate.hook.ts';
import type { SignIn } from './authenticator.ts';

type ApiKey = Extract<Credential, { readonly kind: 'api_key' }>;

const READING_METHODS = new Set(['GET', 'HEAD']);

/**
 * Whether somebody who is signed in may call the route at all, with what they are signed in with.
 * @throws FORBIDDEN, UNAUTHORIZED where what they are signed in with counts for nothing
 */
export function assertMayCall(request: FastifyRequest, actor: Actor): void {
  const { credential } = actor;
  const { signIn = 'any', keyScope } = request.routeOptions.config;
  const access = accessOf(request);
  if (!isSignedInAs(credential, access === 'worker' ? 'key' : signIn)) {
    throw new AppError('unauthenticated', 'Invalid credentials', { reason: 'wrong_credential' });
  }
  if (access === 'admin' && !mayAdminister(actor)) {
    throw new AppError('forbidden', 'Only administrators may do this');
  }
  if (credential.kind !== 'api_key') return;
  const isReading = READING_METHODS.has(request.method);
  const usual = keyScope ?? (isReading ? 'read' : 'write');
  assertScope(credential, access === 'worker' ? 'worker' : usual);
}

function isSignedInAs({ kind }: Credential, wanted: SignIn | 'key'): boolean {
  if (wanted === 'any') return true;
  if (wanted === 'person') return kind !== 'api_key';
  return kind === (wanted === 'key' ? 'api_key' : 'session');
}

function assertScope({ scopes }: ApiKey, needed: ApiKeyScope): void {
  if (scopes.includes(needed)) return;
  throw new AppError('forbidden', `The API key lacks the scope "${needed}"`, {
    reason: 'insufficient_scope',
    details: { scope: needed },
  });
}
