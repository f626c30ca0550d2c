import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { uuid } from '#platform/http/schema-parts';
import { createSecretBox } from '#platform/secrets/secret-box';
import type { TeamId } from '#shared/ids';
import { findMentions } from '#test/catalogue';
import { signUp, type Client } from '#test/client';
import { startModelServer, type ModelServer } from '#test/model-server';
import { startModelWire, type ModelWire } from '#test/model-wire';
import { startTestService, type TestService } from '#test/service';

const OLD_SECRET = 'an-old-key-of-more-than-32-characters-1';
const NEW_SECRET = 'a-new-key-of-more-than-32-characters-22';
const SERVICE_KEY = 'sk-canary-of-the-service-5520';
const newKey = () => `sk-canary-${randomUUID()}`;

let model: ModelServer;
/** Where the service is set up to call. */
let wire: ModelWire;
/** A server of a team's own, which the operator allows. */
let ownWire: ModelWire;
let tripwire: Server;
let knocks = 0;
let test: TestService;

beforeAll(async () => {
  model = await startModelServer({ tokenDelayMs: 0 });
  wire = await startModelWire(model.mock.url);
  ownWire = await startModelWire(model.mock.url);
  tripwire = createServer((_request, response) => response.end());
  tripwire.on('connection', () => (knocks += 1));
  await once(tripwire.listen(0, '127.0.0.1'), 'listening');
  test = await startTestService({
    LLM_BASE_URL: wire.baseUrl,
    LLM_API_KEY: SERVICE_KEY,
    LLM_MODEL: 'gpt-4o-mini',
    SSRF_ALLOW_HOSTS: new URL(ownWire.baseUrl).host,
    ENCRYPTION_KEY: `${NEW_SECRET},${OLD_SECRET}`,
    LOG_LEVEL: 'debug',
  });
});
afterAll(async () => {
  await test.close();
  tripwire.closeAllConnections();
  tripwire.close();
  await Promise.all([wire.close(), ownWire.close()]);
  await model.close();
});
beforeEach(() => {
  wire.reset();
  ownWire.reset();
});

const ask = (client: Client) => client.post('/ai/completions', { prompt: 'Tell me' });
const keysAt = ({ calls }: ModelWire) => calls.map(({ headers }) => headers.authorization);

async function bring(client: Client, key: string, more: object = {}) {
  const { status, body } = await client.post('/provider-keys', {
    provider: 'openai',
    key,
    ...more,
  });
  expect(status).toBe(201);
  return { id: String(body.id), teamId: String(body.team_id) };
}

describe('a call of a model', () => {
  it('is made with the key of the team that asks, and with that of the service for all others', async () => {
    const newcomer = () => signUp(test.baseUrl);
    const [ada, bob, eve] = [await newcomer(), await newcomer(), await newcomer()];
    const keys = [newKey(), newKey()] as const;
    await bring(ada.client, keys[0]);
    await bring(bob.client, keys[1]);
    for (const { client } of [ada, bob, eve, ada]) expect((await ask(client)).status).toBe(200);
    expect(keysAt(wire)).toEqual(
      [keys[0], keys[1], SERVICE_KEY, keys[0]].map((key) => `Bearer ${key}`),
    );
    expect(await findMentions(test.database, keys)).toEqual([]);
    expect(JSON.stringify(await test.cached())).not.toContain('sk-canary');
    for (const key of [...keys, SERVICE_KEY]) expect(test.logged()).not.toContain(key);
  });

  it('goes the same way by chat, and leaves word of the use', async () => {
    const { client } = await signUp(test.baseUrl);
    const key = newKey();
    const { id } = await bring(client, key);
    expect((await client.post('/chat', { message: 'Tell me' })).status).toBe(200);
    expect(keysAt(wire)).toEqual([`Bearer ${key}`]);
    const lastUsed = async () => (await client.get(`/provider-keys/${id}`)).body.last_used_at;
    await expect.poll(lastUsed).toEqual(expect.any(String));
    const summary = await client.get('/usage/summary?group_by=model');
    expect(summary.body.items).toMatchObject([{ key: 'gpt-4o-mini' }]);
  });

  it('takes a new key at once, and falls back to the service when it is gone', async () => {
    const { client } = await signUp(test.baseUrl);
    const [before, after] = [newKey(), newKey()];
    const path = `/provider-keys/${(await bring(client, before)).id}`;
    await ask(client);
    await client.call('PATCH', path, { key: after });
    await ask(client);
    await client.call('DELETE', path);
    await ask(client);
    expect(keysAt(wire)).toEqual([before, after, SERVICE_KEY].map((key) => `Bearer ${key}`));
  });

  it('that the provider refuses the key for is the fault of no key of the service', async () => {
    const { client } = await signUp(test.baseUrl);
    const key = newKey();
    await bring(client, key);
    model.mock.prependFixture({
      match: { userMessage: /refuse my key/ },
      response: { error: { message: `Incorrect API key provided: ${key}` }, status: 401 },
    });
    const { status, body } = await client.post('/ai/completions', { prompt: 'refuse my key' });
    expect([status, body.reason]).toEqual([502, 'upstream_key_refused']);
    expect(JSON.stringify(body)).not.toContain('sk-canary');
    expect(new Set(keysAt(wire))).toEqual(new Set([`Bearer ${key}`]));
  });
});

describe('a server of its own', () => {
  it("gets the team's calls with the team's key, and never that of the service", async () => {
    const { client } = await signUp(test.baseUrl);
    const key = newKey();
    await bring(client, key, { base_url: ownWire.baseUrl });
    const { status, body } = await ask(client);
    expect([status, body.text]).toEqual([200, expect.stringMatching(/^w0000 .* w0199 $/)]);
    expect(keysAt(ownWire)).toEqual([`Bearer ${key}`]);
    expect(wire.calls).toEqual([]);
  });

  it('leads nobody into the private network, whatever was allowed when it was saved', async () => {
    const { client } = await signUp(test.baseUrl);
    const address = tripwire.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    const inside = `http://127.0.0.1:${address.port}/v1`;
    const { id, teamId } = await bring(client, newKey());
    await test.database
      .forSystem()
      .updateTable('provider_keys')
      .set({ base_url: inside })
      .where('id', '=', id)
      .execute();
    await test.cache.delete(`ai:provider-keys:${teamId}`);
    const { status, body } = await ask(client);
    expect([status, body.reason]).toEqual([502, 'upstream_unreachable']);
    expect((await client.post(`/provider-keys/${id}/verify`)).body.status).toBe('unreachable');
    expect(knocks).toBe(0);
    expect(wire.calls).toEqual([]);
  });
});

describe('a change of ENCRYPTION_KEY', () => {
  const sealedKeyOf = async (id: string) => {
    const { sealed_key: sealed } = await test.database
      .forSystem()
      .selectFrom('provider_keys')
      .select('sealed_key')
      .where('id', '=', id)
      .executeTakeFirstOrThrow();
    return sealed;
  };

  async function sealedBefore(key: string, passphrase: string) {
    const { client } = await signUp(test.baseUrl);
    const { id, teamId } = await bring(client, newKey());
    const place = { table: 'provider_keys', teamId: uuid<TeamId>().parse(teamId), rowId: id };
    const sealed = createSecretBox([passphrase]).seal(key, place);
    await sql`update provider_keys set sealed_key = ${sealed} where id = ${id}`.execute(
      test.database.forSystem(),
    );
    await test.cache.delete(`ai:provider-keys:${teamId}`);
    return { client, id };
  }

  it('seals anew what the old key sealed, which works before and after', async () => {
    const key = newKey();
    const { client, id } = await sealedBefore(key, OLD_SECRET);
    expect((await ask(client)).status).toBe(200);
    const [prefix] = createSecretBox([NEW_SECRET]).prefixes;
    expect((await sealedKeyOf(id)).startsWith(prefix)).toBe(false);
    const { secrets } = test.service.modules;
    expect(await secrets.resealAll()).toEqual({ resealed: 1, unreadable: 0 });
    expect((await sealedKeyOf(id)).startsWith(prefix)).toBe(true);
    expect(await secrets.resealAll()).toEqual({ resealed: 0, unreadable: 0 });
    expect((await ask(client)).status).toBe(200);
    expect(keysAt(wire)).toEqual([`Bearer ${key}`, `Bearer ${key}`]);
  });

  it('that lost a key stops the calls that need it, names the setting, and nothing else', async () => {
    const { client, id } = await sealedBefore(newKey(), `${OLD_SECRET}-that-is-lost`);
    const refused = await ask(client);
    expect([refused.status, refused.body.reason]).toEqual([503, 'secrets.no_key']);
    expect(refused.body.detail).toContain('ENCRYPTION_KEY');
    expect((await client.post(`/provider-keys/${id}/verify`)).status).toBe(503);
    expect((await client.get('/projects')).status).toBe(200);
    expect((await ask((await signUp(test.baseUrl)).client)).status).toBe(200);
    expect(keysAt(wire)).toEqual([`Bearer ${SERVICE_KEY}`]);

    const { secrets } = test.service.modules;
    expect(await secrets.resealAll()).toEqual({ resealed: 0, unreadable: 1 });
    await secrets.reportUnreadable();
    expect(test.logged()).toMatch(/"setting":"ENCRYPTION_KEY","unreadable":1/);
    // Who brings the key anew needs no operator.
    await client.call('PATCH', `/provider-keys/${id}`, { key: newKey() });
    expect((await ask(client)).status).toBe(200);
  });
});
