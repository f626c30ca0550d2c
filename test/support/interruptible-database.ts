import type { ServiceDatabase } from '#platform/db/create-database';

export type Interruption = { readonly transaction: number; readonly side: 'before' | 'after' };

/**
 * A database that breaks off at a chosen transaction, before it begins or after it has committed, as a kill would: what
 * runs then can do nothing more.
 */
export function createInterruptibleDatabase(database: ServiceDatabase) {
  let count = 0;
  let planned: Interruption | undefined;
  let isDead = false;
  let onTransaction: (() => Promise<void>) | undefined;

  function interrupt(transaction: number, side: Interruption['side']): void {
    isDead ||= planned?.transaction === transaction && planned.side === side;
    if (isDead) throw new Error('killed');
  }

  function die(error: unknown): never {
    isDead = true;
    throw error;
  }

  const interruptible: ServiceDatabase = {
    ...database,
    async transaction(scope, work) {
      count += 1;
      const number = count;
      await onTransaction?.().catch(die);
      interrupt(number, 'before');
      const result = await database.transaction(scope, work);
      interrupt(number, 'after');
      return result;
    },
  };

  return {
    database: interruptible,
    /** Counts transactions from one again, and breaks off at the planned one. */
    plan(interruption: Interruption | undefined): void {
      count = 0;
      isDead = false;
      planned = interruption;
    },
    /** Asks before each transaction. */
    watch(observe: (() => Promise<void>) | undefined): void {
      onTransaction = observe;
      isDead = false;
    },
    transactions: () => count,
  };
}
