import { randomUUID } from 'node:crypto';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findMentions, listTables } from '#test/catalogue';
import { createClient, TEST_PASSWORD } from '#test/client';
import { seedPerson, type SeededPerson } from '#test/person-seeds';
import { startTestService, type TestService } from '#test/service';

/** Tables without a row of a user before the erasure; afterwards they are searched like all others. */
const WITHOUT_USERS: Readonly<Record<string, string>> = {
  'pgboss.bam': "the queue library's own upkeep",
  'pgboss.job_dependency': 'no job of ours waits for another',
  'pgboss.queue': 'kinds of jobs',
  'pgboss.queue_stats': 'counts',
  'pgboss.schedule': 'kinds of jobs that run by the clock',
  'pgboss.subscription': 'no job of ours is published',
  'pgboss.version': "the queue library's own upkeep",
  'pgboss.warning': 'of queues, not of jobs',
  'public.checkpoint_migrations': 'versions',
  'public.erased_identities': 'hashes that an erasure itself leaves',
  'public.models': 'what the service offers to all',
  'public.rate_hits': 'hashes, which go with their window',
  'public.schema_migrations': 'versions',
  'public.schema_migrations_lock': 'a lock',
  'public.user_erasures': 'begins with the erasure',
};

/** Those of a document, a file, and a part of an upload. */
const BLOBS = 3;

let test: TestService;
let leaver: SeededPerson;
let bystander: SeededPerson;

beforeAll(async () => {
  test = await startTestService({ EMBEDDING_PROVIDER: 'builtin', JOB_LEASE_SECONDS: '600' });
  leaver = await seedPerson(test, `canary${randomUUID().slice(0, 8)}`);
  bystander = await seedPerson(test, `canary${randomUUID().slice(0, 8)}`);
});
afterAll(() => test.close());

describe('the erasure of a user', () => {
  it('is proved on every table: each has rows of the user beforehand', async () => {
    const tables = await listTables(test.database);
    const rows = await findMentions(test.database, leaver.everything);
    const seeded = new Set(rows.map(({ table }) => table));
    const missing = tables.filter((table) => !seeded.has(table) && !(table in WITHOUT_USERS));
    expect(missing, 'add seeds of these to test/support/person-seeds.ts').toEqual([]);
    expect(await findInStorage([leaver.canary])).toHaveLength(BLOBS);
    await useEverySignIn(leaver);
    expect((await findInCache([leaver.userId])).length).toBeGreaterThan(2);
  });

  it('leaves no row, no blob and no cached value with their id, address or words', async () => {
    const needles = [leaver.userId, leaver.email, leaver.emailHash, leaver.canary];
    const [before, blobs] = [await rowsOf(bystander), await findInStorage([bystander.canary])];

    await useEverySignIn(leaver);
    const { status, body } = await leaver.client.call('DELETE', '/users/me', {
      current_password: TEST_PASSWORD,
    });
    expect([status, body.status]).toEqual([200, 'done']);

    expect(await findMentions(test.database, needles)).toEqual([]);
    expect(await findInStorage(needles)).toEqual([]);
    expect(await findInCache(needles)).toEqual([]);
    expect(await rowsOf(bystander)).toEqual(before);
    expect(await findInStorage([bystander.canary])).toEqual(blobs);
    expect(blobs).toHaveLength(BLOBS);
  });

  it('leaves nothing either that only names what was theirs', async () => {
    const { everything, inHistory } = leaver;
    const rows = await findMentions(
      test.database,
      everything.filter((id) => !inHistory.has(id)),
    );
    expect(rows).toEqual([]);
  });

  it('leaves history that can be counted, under one pseudonym', async () => {
    const entries = await test.database
      .unscoped()
      .selectFrom('audit_log')
      .select(['action', 'actor_id', 'target_id', 'ip'])
      .where('action', 'in', ['account.erased', 'test.renamed'])
      .where((entry) => entry('target_id', '!=', bystander.userId))
      .execute();
    expect(entries.map(({ action }) => action).toSorted()).toEqual([
      'account.erased',
      'test.renamed',
    ]);
    const names = new Set(entries.flatMap((entry) => [entry.actor_id, entry.target_id]));
    expect(names.size).toBe(1);
    expect(entries.every(({ ip }) => ip === null)).toBe(true);
  });
});

/** So that the cache has what stands behind each. */
async function useEverySignIn({ client, apiKey }: SeededPerson): Promise<void> {
  expect((await client.get('/users/me')).status).toBe(200);
  expect((await client.get('/ai/models')).status).toBe(200);
  expect((await createClient(test.baseUrl, apiKey).get('/users/me')).status).toBe(200);
}

async function rowsOf(person: SeededPerson) {
  return findMentions(test.database, person.everything);
}

async function findInStorage(needles: readonly string[]): Promise<readonly string[]> {
  const { storage } = test.service.modules.files;
  const found: string[] = [];
  for await (const { key } of storage.list()) {
    const content = `${key} ${await text(await storage.read(key))}`;
    if (needles.some((needle) => content.includes(needle))) found.push(key);
  }
  return found;
}

async function findInCache(needles: readonly string[]) {
  const entries = await test.cached();
  return entries.filter((entry) =>
    needles.some((needle) => JSON.stringify(entry).includes(needle)),
  );
}
