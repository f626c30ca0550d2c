import { randomUUID } from 'node:crypto';
import { constants, createWriteStream, type Dirent } from 'node:fs';
import { access, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { AppError, notFound } from '#platform/errors/app-error';
import type { ByteRange, Storage } from '../../storage.ts';

const UNFINISHED_FOLDER = 'unfinished';
const FULL_CODES = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

/** Blobs as files under one folder. An unfinished write stands under its own name until it is whole. */
export function createLocalStorage({ path }: { path: string }): Storage {
  const root = resolve(path);

  async function write(key: string, content: Readable, signal: AbortSignal): Promise<void> {
    const target = pathOf(root, key);
    // Beside the blobs, so that the rename stays on one filesystem and is atomic.
    const unfinished = join(root, UNFINISHED_FOLDER, randomUUID());
    try {
      await mkdir(dirname(unfinished), { recursive: true });
      await mkdir(dirname(target), { recursive: true });
      await pipeline(content, createWriteStream(unfinished, { flags: 'wx', flush: true }), {
        signal,
      });
      await rename(unfinished, target);
      await syncFolder(dirname(target));
    } catch (error) {
      await rm(unfinished, { force: true });
      throw asStorageError(error);
    }
  }

  async function read(key: string, range?: ByteRange): Promise<Readable> {
    try {
      const handle = await open(pathOf(root, key));
      return handle.createReadStream(range && { start: range.first, end: range.last });
    } catch (error) {
      throw errorCode(error) === 'ENOENT' ? notFound('blob', key) : error;
    }
  }

  async function* list(): ReturnType<Storage['list']> {
    for await (const file of filesUnder(root)) {
      const stats = await stat(file).catch(ignoreMissing);
      if (stats) yield { key: keyOf(root, file), modifiedAt: stats.mtime };
    }
  }

  async function ping(): Promise<void> {
    await mkdir(root, { recursive: true });
    await access(root, constants.R_OK | constants.W_OK);
  }

  return {
    name: 'local',
    write,
    read,
    remove: (key) => rm(pathOf(root, key), { force: true }),
    list,
    ping,
  };
}

function pathOf(root: string, key: string): string {
  const path = resolve(root, key);
  if (!path.startsWith(root + sep))
    throw new Error('a storage key may not leave the storage folder');
  return path;
}

function keyOf(root: string, path: string): string {
  return relative(root, path).split(sep).join('/');
}

/** Makes the rename itself last through a loss of power. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

async function* filesUnder(folder: string): AsyncIterable<string> {
  const entries: Dirent[] =
    (await readdir(folder, { withFileTypes: true }).catch(ignoreMissing)) ?? [];
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesUnder(path);
    if (entry.isFile()) yield path;
  }
}

function ignoreMissing(error: unknown): undefined {
  if (errorCode(error) !== 'ENOENT') throw error;
}

function asStorageError(error: unknown): unknown {
  if (!FULL_CODES.has(errorCode(error) ?? '')) return error;
  return new AppError('storage_full', 'The file storage is full', {
    reason: 'storage.full',
    retryable: true,
    cause: error,
  });
}

function errorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
