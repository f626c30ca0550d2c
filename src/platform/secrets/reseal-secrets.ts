import type { Database } from '#platform/db/database';
import { isAppError } from '#platform/errors/app-error';
import {
  createSealedColumnRepository,
  type SealedColumn,
  type SealedSecret,
} from './sealed-column.repository.ts';
import type { SecretBox } from './secret-box.ts';

export type ResealTally = { readonly resealed: number; readonly unreadable: number };

export type SealedSecrets = ReturnType<typeof createSealedSecrets>;

export type SealedSecretsDependencies = SealedColumn & {
  readonly database: Pick<Database, 'forSystem'>;
  readonly secretBox: SecretBox;
};

const BATCH = 200;

/** What a change of ENCRYPTION_KEY means for the secrets of one column, sealed by their row's id. */
export function createSealedSecrets(dependencies: SealedSecretsDependencies) {
  const { database, secretBox, table, column } = dependencies;
  const allSecrets = () => createSealedColumnRepository(database.forSystem(), { table, column });
  const [current] = secretBox.prefixes;

  /** Undefined where no key opens it. */
  function resealed({ id, teamId, sealed }: SealedSecret): string | undefined {
    const place = { table, teamId, rowId: id };
    try {
      return secretBox.seal(secretBox.open(sealed, place), place);
    } catch (error) {
      if (isAppError(error, 'unavailable')) return undefined;
      throw error;
    }
  }

  return {
    /** Seals by the first key whatever another one has sealed; run again it finds nothing. */
    async resealAll(): Promise<ResealTally> {
      const tally = { resealed: 0, unreadable: 0 };
      let after: string | undefined;
      for (;;) {
        const secrets = await allSecrets().listSealedOtherwise([current], { after, limit: BATCH });
        for (const secret of secrets) {
          const anew = resealed(secret);
          if (anew === undefined) tally.unreadable += 1;
          else if (await allSecrets().reseal(secret, anew)) tally.resealed += 1;
        }
        after = secrets.at(-1)?.id;
        if (secrets.length < BATCH) return tally;
      }
    },

    countUnreadable: () => allSecrets().countSealedOtherwise(secretBox.prefixes),
  };
}
