import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Clock } from '#platform/clock/clock';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { createKnowledgeWorld, type KnowledgeWorld, type TestTenant } from '#test/knowledge';
import type { FileRecord } from './file-record.ts';

const NEVER = new AbortController().signal;
const DAY_MS = 86_400_000;

let test: TestDatabase;
let world: KnowledgeWorld;
let now = Date.now();
const clock: Clock = { now: () => new Date(now) };
beforeAll(async () => {
  test = await createTestDatabase();
  world = await createKnowledgeWorld({ database: test.database, clock });
});
afterAll(async () => {
  await world.close();
  await test.close();
});

describe('the purge of files', () => {
  it('takes what has been in the trash longer than the retention, with its blob', async () => {
    const tenant = await world.addTenant();
    const [kept, deleted] = [
      await world.store(tenant, 'kept.txt', 'kept'),
      await world.store(tenant, 'deleted.txt', 'deleted'),
    ];
    await world.library.remove(tenant.actor, deleted);
    await purgeAfter(29);
    expect(await hasBlob(deleted)).toBe(true);
    await purgeAfter(31);
    expect([await hasBlob(kept), await hasBlob(deleted)]).toEqual([true, false]);
    await expect(world.library.restore(tenant.actor, deleted)).rejects.toMatchObject({
      kind: 'not_found',
    });
  });

  it('leaves a file that a document of the trash still has, until that is purged', async () => {
    const tenant = await world.addTenant();
    const file = await world.store(tenant, 'paper.txt', 'The heron eats frogs.');
    await attach(tenant, file);
    await world.queue.runAll();
    await world.library.remove(tenant.actor, file);
    await purgeAfter(31);
    expect(await hasBlob(file)).toBe(true);
    await test.database.forTeam(tenant.id).deleteFrom('documents').execute();
    await purgeAfter(31);
    expect(await hasBlob(file)).toBe(false);
  });

  it('moves a file whose time is over to the trash, out of its projects, and for good', async () => {
    const tenant = await world.addTenant();
    const file = await world.store(tenant, 'short.txt', 'The stork stands.');
    await attach(tenant, file);
    await world.queue.runAll();
    await expire(tenant, file);
    await expect(world.library.get(tenant.actor, file)).rejects.toMatchObject({
      kind: 'not_found',
    });
    await purgeAfter(0);
    expect((await world.search(tenant, 'stork')).passages).toEqual([]);
    await expect(world.library.restore(tenant.actor, file)).rejects.toMatchObject({
      kind: 'not_found',
    });
    expect(await hasBlob(file)).toBe(true);
  });
});

async function purgeAfter(days: number): Promise<void> {
  now = Date.now() + days * DAY_MS;
  await world.library.purgeExpired(NEVER);
  now = Date.now();
}

async function expire({ id }: TestTenant, file: FileRecord): Promise<void> {
  await test.database
    .forTeam(id)
    .updateTable('files')
    .set({ expires_at: new Date(Date.now() - DAY_MS).toISOString() })
    .where('id', '=', file.id)
    .execute();
}

function attach({ actor, projectId }: TestTenant, { id: fileId }: FileRecord) {
  return world.knowledge.projectFiles.attach(actor, { projectId, fileId, attributes: {} });
}

async function hasBlob({ storageKey }: FileRecord): Promise<boolean> {
  for await (const { key } of world.storage.list()) if (key === storageKey) return true;
  return false;
}
