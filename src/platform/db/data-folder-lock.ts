import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { AppError } from '#platform/errors/app-error';

export type DataFolderLock = { release(): void };

/**
 * Takes a data folder for this process alone, since two engines on one folder destroy it. The lock is
 * the operating system's, held through SQLite: it ends with the process, however that ends, and is
 * seen from other containers on the same volume.
 */
export function lockDataFolder(folder: string): DataFolderLock {
  mkdirSync(folder, { recursive: true });
  const holderFile = join(folder, 'lock.pid');
  const lock = new DatabaseSync(join(folder, 'lock'), { timeout: 0 });
  try {
    lock.exec('pragma locking_mode = exclusive; begin exclusive');
  } catch (cause) {
    lock.close();
    if (!isBusy(cause)) throw cause;
    throw inUse(folder, { holder: readHolder(holderFile), cause });
  }
  writeFileSync(holderFile, String(process.pid));
  return { release: () => lock.close() };
}

const SQLITE_BUSY = 5;

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY;
}

function readHolder(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return 'unknown';
  }
}

function inUse(folder: string, { holder, cause }: { holder: string; cause: unknown }): AppError {
  return new AppError(
    'conflict',
    `The data folder "${folder}" is in use by process ${holder}: stop it, or set DATA_DIR to another folder`,
    { reason: 'data_folder_in_use', details: { folder, pid: holder }, cause },
  );
}
