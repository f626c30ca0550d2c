import { LRUCache } from 'lru-cache';
import { invalid } from '#platform/errors/app-error';
import type { Connection, GetConnection, ProviderName } from './model-provider.ts';

type ClientCacheOptions<Client> = {
  readonly provider: ProviderName;
  readonly getConnection: GetConnection;
  /** Set for what has no address of its own. */
  readonly needsAddress?: boolean;
  /** Loads the package as well, which takes a quarter of a second: not before it is needed. */
  readonly createClient: (connection: Connection) => Promise<Client>;
};

const MAX_CLIENTS = 100;

/** One client for each key and address, so that their connections are used again. */
export function createClientCache<Client extends object>(
  options: ClientCacheOptions<Client>,
): () => Promise<Client> {
  const clients = new LRUCache<string, Promise<Client>>({ max: MAX_CLIENTS });
  return async () => {
    const connection = await options.getConnection();
    assertReachable(connection, options);
    const isGuarded = connection.fetch !== undefined;
    const id = JSON.stringify([connection.baseUrl, connection.apiKey, isGuarded]);
    const cached = clients.get(id);
    if (cached) return cached;
    const client = options.createClient(connection);
    clients.set(id, client);
    return client;
  };
}

function assertReachable(
  { apiKey, baseUrl }: Connection,
  { provider, needsAddress = false }: { provider: ProviderName; needsAddress?: boolean },
): void {
  if (baseUrl || (apiKey && !needsAddress)) return;
  const message = `There is no ${needsAddress ? 'address' : 'key'} for the provider "${provider}"`;
  throw invalid([{ field: 'model', message }], 'provider.key_missing');
}
