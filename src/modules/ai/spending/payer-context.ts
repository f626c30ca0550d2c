import { AsyncLocalStorage } from 'node:async_hooks';
import { currentContext } from '#platform/telemetry/request-context';
import type { Actor } from '#shared/actor';
import { keepContext } from '#shared/keep-context';
import type { ProjectId } from '#shared/ids';
import type { Payer } from './spend-guard.ts';

const storage = new AsyncLocalStorage<Payer>();

/** Who asks pays; `projectId` says for which project it is counted. */
export function payerOf(
  { teamId, userId, credential }: Actor,
  projectId: ProjectId | null | undefined,
): Payer {
  const apiKeyId = credential.kind === 'api_key' ? credential.apiKeyId : null;
  return { teamId, userId, apiKeyId, projectId };
}

/** Every model call within `work` is paid by `payer`. */
export function payingFor<T>(payer: Payer, work: () => T): T {
  return storage.run(payer, work);
}

/** The same events, whatever makes them being paid by `payer`. */
export function eventsPaidBy<T>(
  payer: Payer,
  events: () => AsyncIterable<T>,
): AsyncIterableIterator<T, void, void> {
  return payingFor(payer, () => keepContext(events()));
}

/** Who pays: who was named, else who asked. */
export function findPayer(): Payer | undefined {
  const named = storage.getStore();
  if (named) return named;
  const { teamId, userId, apiKeyId } = currentContext() ?? {};
  return teamId && userId ? { teamId, userId, apiKeyId } : undefined;
}

/** A call that nobody pays for is a programming error. */
export function currentPayer(): Payer {
  const payer = findPayer();
  if (payer) return payer;
  throw new Error('Nobody pays for this model call: wrap it in payingFor()');
}
