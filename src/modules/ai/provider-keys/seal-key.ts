import type { SecretPlace } from '#platform/secrets/secret-box';
import type { SealedProviderKey } from './provider-keys.repository.ts';

/** The one row in which a sealed key opens. */
export function placeOf({ id, teamId }: Pick<SealedProviderKey, 'id' | 'teamId'>): SecretPlace {
  return { table: 'provider_keys', teamId, rowId: id };
}
