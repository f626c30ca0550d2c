import { mkdtemp, rm, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '#platform/clock/clock';
import { teamScope } from '#platform/db/database';
import { newId, type FileId } from '#shared/ids';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { addTeam, type TestTeam } from '#test/teams';
import { createFilesModule } from './files.module.ts';

const NEVER = new AbortController().signal;

let test: TestDatabase;
let path = '';
beforeAll(async () => {
  [test, path] = await Promise.all([createTestDatabase(), mkdtemp(join(tmpdir(), 'files-'))]);
});
afterAll(async () => {
  await test.close();
  await rm(path, { recursive: true });
});

describe('files', () => {
  it('keeps a file whose row is committed, and opens it for its team only', async () => {
    const { files, team, stored } = await storeOne('kept');
    await test.database.transaction(teamScope(team.id), (queries) =>
      files.within(queries).insert(stored),
    );
    expect(await text((await files.open(team.id, stored.id)).content)).toBe('kept');
    const neighbour = await addTeam(test.database);
    await expect(files.open(neighbour.id, stored.id)).rejects.toMatchObject({ kind: 'not_found' });
  });

  it('spreads blobs over folders by the end of their id', async () => {
    const { stored } = await storeOne('spread');
    expect(stored.storageKey).toMatch(/^[0-9a-f]{2}\/[0-9a-f]{2}\/[0-9a-f-]{36}$/);
    expect(stored.storageKey.endsWith(stored.id)).toBe(true);
  });

  it('sweeps old blobs without a row, and neither young ones nor those with a row', async () => {
    const { files, storage, team, stored: kept } = await storeOne('with a row');
    await test.database.transaction(teamScope(team.id), (queries) =>
      files.within(queries).insert(kept),
    );
    const { stored: orphan } = await storeOne('orphan');
    const { stored: young } = await storeOne('young');
    const longAgo = new Date(Date.now() - 2 * 3_600_000);
    for (const { storageKey } of [kept, orphan]) {
      await utimes(join(path, storageKey), longAgo, longAgo);
    }

    expect(await files.sweepOrphans(NEVER)).toBe(1);
    await expect(storage.read(orphan.storageKey)).rejects.toMatchObject({ kind: 'not_found' });
    for (const { storageKey } of [kept, young]) (await storage.read(storageKey)).destroy();
  });

  it('gives the blobs of removed rows back for discarding, but not that of a file with a purpose', async () => {
    const { files, storage, team, stored } = await storeOne('removed');
    const scope = teamScope(team.id);
    const kept = { ...(await storeOne('kept')).stored, teamId: team.id, purpose: 'evals' as const };
    for (const file of [stored, kept])
      await test.database.transaction(scope, (queries) => files.within(queries).insert(file));
    const removed = await test.database.transaction(scope, (queries) =>
      files.within(queries).removeOfDocuments([stored.id, kept.id, newId<FileId>()]),
    );
    expect(removed.map(({ id }) => id)).toEqual([stored.id]);
    for (const file of removed) await files.discard(file);
    await expect(storage.read(stored.storageKey)).rejects.toMatchObject({ kind: 'not_found' });
    await expect(files.open(team.id, stored.id)).rejects.toMatchObject({ kind: 'not_found' });
  });

  it('leaves no blob of an upload that is refused on its way', async () => {
    const { files, storage, team } = await storeOne('first');
    const before = await count(storage.list());
    const input = { ...plainText('much too long'), maxBytes: 3 };
    await expect(files.store(team.actor, input, NEVER)).rejects.toMatchObject({
      kind: 'too_large',
    });
    expect(await count(storage.list())).toBe(before);
  });
});

async function storeOne(content: string) {
  const settings = { localPath: path, maxUploadBytes: 1000, trashRetentionDays: 30 };
  const { files, storage } = createFilesModule({
    database: test.database,
    clock: systemClock,
    settings,
  });
  const team: TestTeam = await addTeam(test.database);
  const stored = await files.store(team.actor, plainText(content), NEVER);
  return { files, storage, team, stored };
}

function plainText(content: string) {
  return {
    name: 'note.txt',
    content: Readable.from([Buffer.from(content)]),
    maxBytes: 1000,
    detectType: async () => 'text/plain',
  };
}

async function count(items: AsyncIterable<unknown>): Promise<number> {
  let total = 0;
  for await (const _ of items) total += 1;
  return total;
}
