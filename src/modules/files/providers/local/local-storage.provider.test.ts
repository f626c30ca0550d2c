import { mkdtemp, readdir, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isAppError } from '#platform/errors/app-error';
import { createLocalStorage } from './local-storage.provider.ts';

const KEY = 'ab/cd/0199a3c0-0000-7000-8000-00000000cdab';
const NEVER = new AbortController().signal;

let path = '';
beforeEach(async () => {
  path = await mkdtemp(join(tmpdir(), 'storage-'));
});
afterEach(async () => {
  await rm(path, { recursive: true });
});

describe('local storage', () => {
  it('reads back what was written', async () => {
    const storage = createLocalStorage({ path });
    await storage.write(KEY, Readable.from(['Grüße, ', 'Welt']), NEVER);
    expect(await text(await storage.read(KEY))).toBe('Grüße, Welt');
  });

  it('leaves nothing of a write whose content breaks off', async () => {
    const storage = createLocalStorage({ path });
    const content = Readable.from(brokenContent());
    await expect(storage.write(KEY, content, NEVER)).rejects.toThrow('connection lost');
    expect(await keysOf(storage)).toEqual([]);
  });

  it('leaves nothing of a write that is aborted', async () => {
    const storage = createLocalStorage({ path });
    const controller = new AbortController();
    const content = new Readable({ read() {} });
    content.push('the first half');
    const writing = storage.write(KEY, content, controller.signal);
    controller.abort();
    await expect(writing).rejects.toThrow(/abort/i);
    expect(await keysOf(storage)).toEqual([]);
  });

  it('does not show a blob before it is whole', async () => {
    const storage = createLocalStorage({ path });
    const content = new Readable({ read() {} });
    const writing = storage.write(KEY, content, NEVER);
    content.push('half');
    await expect(storage.read(KEY)).rejects.toMatchObject({ kind: 'not_found' });
    content.push(null);
    await writing;
    expect(await keysOf(storage)).toEqual([KEY]);
  });

  it('says that the storage is full when the file system is', async () => {
    const storage = createLocalStorage({ path });
    const full = Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
    const content = new Readable({
      read() {
        this.destroy(full);
      },
    });
    const error = await storage.write(KEY, content, NEVER).catch((reason: unknown) => reason);
    expect(isAppError(error, 'storage_full')).toBe(true);
  });

  it('answers not found for a missing blob, and removes it without complaint', async () => {
    const storage = createLocalStorage({ path });
    await expect(storage.read(KEY)).rejects.toMatchObject({ kind: 'not_found' });
    await expect(storage.remove(KEY)).resolves.toBeUndefined();
  });

  it.each(['../outside', '/etc/passwd', 'a/../../outside', ''])(
    'refuses the key "%s", which leaves its folder',
    async (key) => {
      const storage = createLocalStorage({ path });
      await expect(storage.write(key, Readable.from(['x']), NEVER)).rejects.toThrow(/key/);
      await expect(storage.read(key)).rejects.toThrow(/key/);
    },
  );

  it('lists blobs with the time of their last write, and what a killed write left', async () => {
    const storage = createLocalStorage({ path });
    await storage.write(KEY, Readable.from(['x']), NEVER);
    const lastYear = new Date('2025-01-01T00:00:00Z');
    await utimes(join(path, KEY), lastYear, lastYear);
    await writeFile(join(path, 'unfinished', 'of-a-killed-process'), 'half');
    await symlink('/etc', join(path, 'ab', 'link'));

    const blobs = new Map<string, Date>();
    for await (const { key, modifiedAt } of storage.list()) blobs.set(key, modifiedAt);
    expect([...blobs.keys()].toSorted()).toEqual([KEY, 'unfinished/of-a-killed-process']);
    expect(blobs.get(KEY)).toEqual(lastYear);
    await storage.remove('unfinished/of-a-killed-process');
    expect(await readdir(join(path, 'unfinished'))).toEqual([]);
  });

  it('answers a ping where it can write, and lists nothing in a folder that is not there yet', async () => {
    const storage = createLocalStorage({ path: join(path, 'new') });
    expect(await keysOf(storage)).toEqual([]);
    await expect(storage.ping()).resolves.toBeUndefined();
  });
});

async function keysOf(storage: ReturnType<typeof createLocalStorage>): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of storage.list()) keys.push(key);
  return keys;
}

async function* brokenContent() {
  yield 'the first half';
  throw new Error('connection lost');
}
