import type { ResealTally, SealedSecrets } from '#platform/secrets/reseal-secrets';
import type { Logger } from '#platform/telemetry/logger';

/** The secrets of all modules together. */
export function createStoredSecrets(
  { logger }: { readonly logger: Pick<Logger, 'error'> },
  tables: readonly SealedSecrets[],
) {
  return {
    async resealAll(): Promise<ResealTally> {
      const tally = { resealed: 0, unreadable: 0 };
      for (const table of tables) {
        const { resealed, unreadable } = await table.resealAll();
        tally.resealed += resealed;
        tally.unreadable += unreadable;
      }
      return tally;
    },

    /** Says at the start what calls would find out one by one. */
    async reportUnreadable(): Promise<void> {
      const counts = await Promise.all(tables.map((table) => table.countUnreadable()));
      const unreadable = counts.reduce((sum, count) => sum + count, 0);
      if (unreadable === 0) return;
      logger.error(
        { setting: 'ENCRYPTION_KEY', unreadable },
        'ENCRYPTION_KEY lacks the key of secrets in the database: provider keys of teams or headers of MCP servers cannot be used',
      );
    },
  };
}
