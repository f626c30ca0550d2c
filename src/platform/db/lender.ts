import type pg from 'pg';
import { isConnectionBroken, rethrowTranslated } from './error-translation.ts';
import type { TransactionContext } from './transaction-context.ts';

/** Lends a connection of the pool for one piece of work. */
export type Lender = <T>(work: (client: pg.ClientBase) => Promise<T>) => Promise<T>;

/** Takes back what it lends, drops what broke, and says failures in our words. */
export function createLender(pool: pg.Pool, context: TransactionContext): Lender {
  return async (work) => {
    context.assertOutside();
    const client = await pool.connect().catch(rethrowTranslated);
    let isBroken = false;
    // A connection may break between two statements, when nobody waits for an answer.
    const markBroken = () => {
      isBroken = true;
    };
    client.on('error', markBroken);
    try {
      return await work(client);
    } catch (error) {
      isBroken ||= isConnectionBroken(error);
      return rethrowTranslated(error);
    } finally {
      client.off('error', markBroken);
      client.release(isBroken);
    }
  };
}
