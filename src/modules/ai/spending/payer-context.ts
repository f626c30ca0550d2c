import { AsyncLocalStorage } from 'node:async_hooks';
import { currentContext } from '#platform/telemetry/request-context';
import type { Payer } from './spend-guard.ts';

const storage = new AsyncLocalStorage<Payer>();

/** Every model call within `work` is paid by `payer`. */
export function payingFor<T>(payer: Payer, work: () => T): T {
  return storage.run(payer, work);
}

/** The same events, whatever makes them being paid by `payer`: a generator runs in the context of who asks it. */
export async function* eventsPaidBy<T>(
  payer: Payer,
  events: () => AsyncIterable<T>,
): AsyncGenerator<T, void, void> {
  const iterator = payingFor(payer, events)[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await payingFor(payer, () => iterator.next());
      if (next.done) return;
      yield next.value;
    }
  } finally {
    await payingFor(payer, () => iterator.return?.());
  }
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
