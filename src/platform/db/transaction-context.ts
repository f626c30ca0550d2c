import { AsyncLocalStorage } from 'node:async_hooks';

type OpenTransaction = { readonly isOpen: boolean };

export type TransactionContext = ReturnType<typeof createTransactionContext>;

/** Knows, for the code that is running, whether it is inside a transaction. */
export function createTransactionContext() {
  const storage = new AsyncLocalStorage<OpenTransaction>();
  return {
    run: <T>(transaction: OpenTransaction, work: () => Promise<T>): Promise<T> =>
      storage.run(transaction, work),

    /** A second connection from within a transaction waits for ever where there is only one. */
    assertOutside(): void {
      if (!storage.getStore()?.isOpen) return;
      throw new Error(
        'A query ran outside the transaction it was made in: use the queries that the transaction hands over',
      );
    },
  };
}
