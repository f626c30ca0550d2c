import type { Cache } from '#platform/cache/cache';
import type { ApiKeyId } from '#shared/ids';
import type { ApiKeyGrant, ApiKeysRepository } from './api-keys.repository.ts';

export type ApiKeyGrantService = ReturnType<typeof createApiKeyGrants>;

export type ApiKeyGrantsDependencies = {
  readonly cache: Cache;
  readonly allApiKeys: () => Pick<ApiKeysRepository, 'findGrant' | 'exists'>;
  readonly cacheSeconds: number;
};

const grantKey = (hash: Buffer) => `identity:api-key:${hash.toString('base64url')}`;
const existenceKey = (id: ApiKeyId) => `identity:api-key-exists:${id}`;

/** What stands behind a key, from a short-lived cache; whoever removes a key says so here. */
export function createApiKeyGrants(dependencies: ApiKeyGrantsDependencies) {
  const { cache, allApiKeys, cacheSeconds } = dependencies;
  return {
    async find(hash: Buffer): Promise<ApiKeyGrant | null> {
      const load = async () => (await allApiKeys().findGrant(hash)) ?? null;
      return cache.getOrLoad<ApiKeyGrant | null>(grantKey(hash), cacheSeconds, load);
    },

    async exists(id: ApiKeyId): Promise<boolean> {
      return cache.getOrLoad(existenceKey(id), cacheSeconds, () => allApiKeys().exists(id));
    },

    async forget({ id, hash }: { readonly id: ApiKeyId; readonly hash: Buffer }): Promise<void> {
      await Promise.all([cache.delete(grantKey(hash)), cache.delete(existenceKey(id))]);
    },
  };
}
