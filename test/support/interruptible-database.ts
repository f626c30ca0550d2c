import type { Database } from '#platform/db/database';

export type Interruption = { readonly transaction: number; readonly side: 'before' | 'after' };

/** A database that breaks off at a chosen transaction, before it begins or after it has committed, as a kill would. */
export function createInterruptibleDatabase(database: Database) {
  let count = 0;
  let planned: Interruption | undefined;
  let onTransaction: (() => Promise<void>) | undefined;

  function interrupt(side: Interruption['side']): void {
    if (planned?.transaction === count && planned.side === side) throw new Error('killed');
  }

  const interruptible: Database = {
    ...database,
    async transaction(scope, work) {
      count += 1;
      await onTransaction?.();
      interrupt('before');
      const result = await database.transaction(scope, work);
      interrupt('after');
      return result;
    },
  };

  return {
    database: interruptible,
    /** Counts transactions from one again, and breaks off at the planned one. */
    plan(interruption: Interruption | undefined): void {
      count = 0;
      planned = interruption;
    },
    /** Asks before each transaction. */
    watch(observe: (() => Promise<void>) | undefined): void {
      onTransaction = observe;
    },
    transactions: () => count,
  };
}
