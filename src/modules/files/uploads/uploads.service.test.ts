import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Clock } from '#platform/clock/clock';
import { newId, type UploadId, type UploadPartId } from '#shared/ids';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { createKnowledgeWorld, type KnowledgeWorld, type TestTenant } from '#test/knowledge';

const NEVER = new AbortController().signal;
const MAX_BYTES = 10_000;
const TWO_HOURS_MS = 7_200_000;

let test: TestDatabase;
let world: KnowledgeWorld;
let now = Date.now();
const clock: Clock = { now: () => new Date(now) };
beforeAll(async () => {
  test = await createTestDatabase();
  world = await createKnowledgeWorld({ database: test.database, maxUploadBytes: MAX_BYTES, clock });
});
afterAll(async () => {
  await world.close();
  await test.close();
});

describe('an upload in parts', () => {
  it('becomes a file of its parts in the order given at the end, and leaves no part behind', async () => {
    const { tenant, upload } = await begin(6);
    const [last, first] = [
      await add(tenant, upload.id, 'def'),
      await add(tenant, upload.id, 'abc'),
    ];
    const { file, ...completed } = await complete(tenant, upload.id, [first, last], md5('abcdef'));
    expect(completed.upload).toMatchObject({ status: 'completed', fileId: file.id });
    expect(file).toMatchObject({ name: 'parts.txt', bytes: 6, mimeType: 'text/plain' });
    expect(await contentOf(tenant, file.id)).toBe('abcdef');
    expect(await blobsOf(tenant)).toBe(1);
    await expect(add(tenant, upload.id, 'x')).rejects.toMatchObject({ kind: 'conflict' });
    await expect(complete(tenant, upload.id, [first, last])).rejects.toMatchObject({
      kind: 'conflict',
    });
  });

  it('is completed once, however often at a time', async () => {
    const { tenant, upload } = await begin(3);
    const part = await add(tenant, upload.id, 'one');
    const attempts = Array.from({ length: 5 }, () => complete(tenant, upload.id, [part]));
    const ended = await Promise.allSettled(attempts);
    expect(ended.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const { total } = await world.library.list(tenant.actor, LISTING);
    expect(total).toBe(1);
    expect(await blobsOf(tenant)).toBe(1);
  });

  it.each([
    ['a part too few', ['abc'], undefined],
    ['a part twice', ['abc', 'abc'], undefined],
    ['a part of nobody', ['abc', 'nobody'], undefined],
    ['another checksum', ['abc', 'def'], md5('other')],
  ])('refuses %s, and can still be completed', async (_, named, checksum) => {
    const { tenant, upload } = await begin(6);
    const parts = new Map<string, UploadPartId>();
    for (const content of ['abc', 'def']) parts.set(content, await add(tenant, upload.id, content));
    const ids = named.map((content) => parts.get(content) ?? newId<UploadPartId>());
    await expect(complete(tenant, upload.id, ids, checksum)).rejects.toMatchObject({
      kind: 'invalid',
    });
    expect(await blobsOf(tenant)).toBe(2);
    const { file } = await complete(tenant, upload.id, [...parts.values()]);
    expect(await contentOf(tenant, file.id)).toBe('abcdef');
  });

  it('takes no more than the limit, nor parts of more than twice its size', async () => {
    const { tenant, upload } = await begin(4);
    await expect(begin(MAX_BYTES + 1)).rejects.toMatchObject({ kind: 'too_large' });
    await add(tenant, upload.id, 'abcd');
    await expect(add(tenant, upload.id, 'abcde')).rejects.toMatchObject({ kind: 'too_large' });
    await add(tenant, upload.id, 'abcd');
    await expect(add(tenant, upload.id, 'a')).rejects.toMatchObject({ kind: 'too_large' });
    expect(await blobsOf(tenant)).toBe(2);
  });

  it('leaves nothing when it is cancelled', async () => {
    const { tenant, upload } = await begin(4);
    await add(tenant, upload.id, 'abcd');
    expect(await world.uploads.cancel(tenant.actor, upload)).toMatchObject({ status: 'cancelled' });
    expect(await blobsOf(tenant)).toBe(0);
    await expect(world.uploads.cancel(tenant.actor, upload)).rejects.toMatchObject({
      kind: 'conflict',
    });
  });

  it('leaves nothing when it has expired', async () => {
    now = Date.now() - TWO_HOURS_MS;
    const { tenant, upload } = await begin(4);
    now = Date.now();
    await expect(add(tenant, upload.id, 'abcd')).rejects.toMatchObject({ kind: 'not_found' });
    await world.uploads.purgeExpired(NEVER);
    const rows = await test.database
      .forTeam(tenant.id)
      .selectFrom('uploads')
      .select('id')
      .execute();
    expect(rows).toEqual([]);
  });

  it('is not there for another team', async () => {
    const { upload } = await begin(4);
    const stranger = await world.addTenant();
    await expect(add(stranger, upload.id, 'abcd')).rejects.toMatchObject({ kind: 'not_found' });
    await expect(complete(stranger, upload.id, [])).rejects.toMatchObject({ kind: 'not_found' });
    await expect(world.uploads.cancel(stranger.actor, upload)).rejects.toMatchObject({
      kind: 'not_found',
    });
  });
});

const LISTING = {
  page: 1,
  pageSize: 10,
  isDeleted: false,
  purpose: undefined,
  sort: { column: 'created_at', direction: 'asc' },
} as const;

async function begin(bytes: number) {
  const tenant = await world.addTenant();
  const input = { name: 'parts.txt', purpose: 'evals', bytes, keepSeconds: undefined } as const;
  return { tenant, upload: await world.uploads.create(tenant.actor, input) };
}

async function add({ actor }: TestTenant, id: UploadId, content: string): Promise<UploadPartId> {
  const input = { id, content: Readable.from([Buffer.from(content)]) };
  return (await world.uploads.addPart(actor, input, NEVER)).id;
}

function complete(
  { actor }: TestTenant,
  id: UploadId,
  partIds: readonly UploadPartId[],
  checksum?: string,
) {
  return world.uploads.complete(actor, { id, partIds, md5: checksum }, NEVER);
}

async function contentOf({ actor }: TestTenant, id: Parameters<typeof world.library.get>[1]['id']) {
  return text(await world.library.open(actor, { id, range: undefined }));
}

/** Blobs of what the team has, by the rows that own them. */
async function blobsOf({ id }: TestTenant): Promise<number> {
  const queries = test.database.forTeam(id);
  const keys = new Set<string>();
  for (const table of ['files', 'upload_parts'] as const) {
    const rows = await queries.selectFrom(table).select('storage_key').execute();
    for (const row of rows) keys.add(row.storage_key);
  }
  let found = 0;
  for await (const { key } of world.storage.list()) if (keys.has(key)) found += 1;
  expect(found).toBe(keys.size);
  return found;
}

function md5(content: string): string {
  return createHash('md5').update(content).digest('hex');
}
