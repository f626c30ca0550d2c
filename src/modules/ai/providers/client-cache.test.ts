import { describe, expect, it } from 'vitest';
import { createClientCache } from './client-cache.ts';
import type { Connection } from './model-provider.ts';

function buildCache(changes: { needsAddress?: boolean } = {}) {
  let connection: Connection = { apiKey: 'one', baseUrl: undefined };
  const made: Connection[] = [];
  const getClient = createClientCache({
    provider: 'litellm',
    getConnection: async () => connection,
    createClient: async (given) => {
      made.push(given);
      return { given };
    },
    ...changes,
  });
  const connectBy = (next: Partial<Connection>) => (connection = { ...connection, ...next });
  return { getClient, connectBy, made };
}

describe('a client', () => {
  it('is made once for a key and an address, and again where one of them is another', async () => {
    const { getClient, connectBy, made } = buildCache();
    const [first, second] = await Promise.all([getClient(), getClient()]);
    expect(second).toBe(first);
    connectBy({ apiKey: 'two' });
    await getClient();
    connectBy({ baseUrl: 'https://models.example.com' });
    await getClient();
    connectBy({ apiKey: 'one', baseUrl: undefined });
    expect(await getClient()).toBe(first);
    expect(made).toHaveLength(3);
  });

  it('that calls guarded is not the one that calls freely', async () => {
    const { getClient, connectBy } = buildCache();
    const free = await getClient();
    connectBy({ fetch: async () => new Response() });
    expect(await getClient()).not.toBe(free);
  });

  it('is forgotten when many others have been used since', async () => {
    const { getClient, connectBy } = buildCache();
    const first = await getClient();
    for (let key = 0; key < 100; key += 1) {
      connectBy({ apiKey: `key ${key}` });
      await getClient();
    }
    connectBy({ apiKey: 'one' });
    expect(await getClient()).not.toBe(first);
  });
});

describe('a provider', () => {
  it.each([
    ['neither key nor address', {}, { apiKey: undefined }, 'There is no key'],
    ['a key, and no address to take it to', { needsAddress: true }, {}, 'There is no address'],
  ])('with %s refuses its calls', async (_what, options, connection, message) => {
    const { getClient, connectBy, made } = buildCache(options);
    connectBy(connection);
    await expect(getClient()).rejects.toMatchObject({
      kind: 'invalid',
      message: expect.stringContaining(message),
      options: { reason: 'provider.key_missing' },
    });
    expect(made).toEqual([]);
  });
});
