import { isAppError } from '#platform/errors/app-error';
import type { SecretBox } from '#platform/secrets/secret-box';
import type { Logger } from '#platform/telemetry/logger';
import type { ProviderKeyId } from '#shared/ids';
import type { ProviderKeysRepository, SealedProviderKey } from './provider-keys.repository.ts';
import { placeOf } from './seal-key.ts';

export type ResealTally = { readonly resealed: number; readonly unreadable: number };

export type ResealKeysDependencies = {
  readonly allKeys: () => Pick<
    ProviderKeysRepository,
    'listSealedOtherwise' | 'countSealedOtherwise' | 'reseal'
  >;
  readonly secretBox: SecretBox;
  readonly logger: Pick<Logger, 'error'>;
};

const BATCH = 200;

/** The change of ENCRYPTION_KEY. */
export function createResealKeys({ allKeys, secretBox, logger }: ResealKeysDependencies) {
  const [current] = secretBox.prefixes;

  /** Undefined where no key opens it. */
  function resealed(key: SealedProviderKey): string | undefined {
    try {
      return secretBox.seal(secretBox.open(key.sealedKey, placeOf(key)), placeOf(key));
    } catch (error) {
      if (isAppError(error, 'unavailable')) return undefined;
      throw error;
    }
  }

  return {
    /** Seals by the first key whatever another one has sealed; run again it finds nothing. */
    async resealAll(): Promise<ResealTally> {
      const tally = { resealed: 0, unreadable: 0 };
      let after: ProviderKeyId | undefined;
      for (;;) {
        const keys = await allKeys().listSealedOtherwise([current], { after, limit: BATCH });
        for (const key of keys) {
          const sealedKey = resealed(key);
          if (sealedKey === undefined) tally.unreadable += 1;
          else if (await allKeys().reseal(key, sealedKey)) tally.resealed += 1;
        }
        after = keys.at(-1)?.id;
        if (keys.length < BATCH) return tally;
      }
    },

    /** Says at the start what calls would find out one by one. */
    async reportUnreadable(): Promise<void> {
      const unreadable = await allKeys().countSealedOtherwise(secretBox.prefixes);
      if (unreadable === 0) return;
      logger.error(
        { setting: 'ENCRYPTION_KEY', unreadable },
        'ENCRYPTION_KEY lacks the key of secrets in the database: provider keys of teams cannot be used',
      );
    },
  };
}
