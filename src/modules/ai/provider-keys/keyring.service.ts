import type { Cache } from '#platform/cache/cache';
import type { Clock } from '#platform/clock/clock';
import type { SecretBox } from '#platform/secrets/secret-box';
import type { Logger } from '#platform/telemetry/logger';
import type { ProviderKeyId, TeamId } from '#shared/ids';
import type { Connection } from '../providers/model-provider.ts';
import type { KeyedProvider } from './keyed-provider.ts';
import type { ProviderKeysRepository, SealedProviderKey } from './provider-keys.repository.ts';
import { placeOf } from './seal-key.ts';

export type TeamKey = { readonly apiKey: string; readonly baseUrl: string | null };

/** The keys that teams have brought, as calls of models need them. */
export interface ProviderKeys {
  /** @throws SERVICE_UNAVAILABLE where ENCRYPTION_KEY has no key that opens it */
  find(teamId: TeamId, provider: KeyedProvider): Promise<TeamKey | undefined>;
  listProviders(teamId: TeamId): Promise<readonly KeyedProvider[]>;
}

export type Connect = (teamId: TeamId, provider: KeyedProvider) => Promise<Connection>;

export type KeyringDependencies = {
  readonly cache: Cache;
  readonly keysOf: (teamId: TeamId) => Pick<ProviderKeysRepository, 'listSealed' | 'markUsed'>;
  readonly secretBox: SecretBox;
  /** How the service itself is set up to call each provider. */
  readonly deployment: (provider: KeyedProvider) => Omit<Connection, 'fetch'>;
  /** Reaches public hosts only. */
  readonly guardedFetch: typeof fetch;
  readonly clock: Clock;
  readonly logger: Pick<Logger, 'warn'>;
  readonly cacheSeconds: number;
};

export type Keyring = ReturnType<typeof createKeyring>;

const USE_MS = 60_000;
/** Beyond it all is forgotten, which costs each key one write more. */
const MAX_KNOWN_KEYS = 50_000;

const cacheKey = (teamId: TeamId) => `ai:provider-keys:${teamId}`;

/** Keys stay sealed in the cache, which may be a server of its own; whoever changes one says so here. */
export function createKeyring(dependencies: KeyringDependencies) {
  const { cache, keysOf, secretBox, deployment, guardedFetch, cacheSeconds } = dependencies;
  const noteUse = createUseNotes(dependencies);

  const listSealed = (teamId: TeamId): Promise<readonly SealedProviderKey[]> =>
    cache.getOrLoad(cacheKey(teamId), cacheSeconds, () => keysOf(teamId).listSealed(teamId));

  const keys: ProviderKeys = {
    async find(teamId, provider) {
      const sealed = (await listSealed(teamId)).find((key) => key.provider === provider);
      if (!sealed) return undefined;
      const apiKey = secretBox.open(sealed.sealedKey, placeOf({ ...sealed, teamId }));
      noteUse(teamId, sealed.id);
      return { apiKey, baseUrl: sealed.baseUrl };
    },

    async listProviders(teamId) {
      return (await listSealed(teamId)).map(({ provider }) => provider);
    },
  };

  return {
    keys,

    /** The team's own key comes before that of the service, which never leaves for an address of a team. */
    async connect(teamId: TeamId, provider: KeyedProvider): Promise<Connection> {
      const own = await keys.find(teamId, provider);
      const { apiKey, baseUrl } = deployment(provider);
      if (!own) return { apiKey, baseUrl };
      if (own.baseUrl === null) return { apiKey: own.apiKey, baseUrl };
      return { apiKey: own.apiKey, baseUrl: own.baseUrl, fetch: guardedFetch };
    },

    forget: (teamId: TeamId): Promise<void> => cache.delete(cacheKey(teamId)),
  };
}

/** Writes uses off the way of calls, and of each key at most one a minute. */
function createUseNotes({ keysOf, clock, logger }: KeyringDependencies) {
  const notedMs = new Map<ProviderKeyId, number>();
  return (teamId: TeamId, id: ProviderKeyId): void => {
    const now = clock.now().getTime();
    if (now - (notedMs.get(id) ?? 0) < USE_MS) return;
    if (notedMs.size >= MAX_KNOWN_KEYS) notedMs.clear();
    notedMs.set(id, now);
    keysOf(teamId)
      .markUsed(id)
      .catch((error: unknown) => logger.warn({ err: error }, 'use of a provider key not written'));
  };
}
