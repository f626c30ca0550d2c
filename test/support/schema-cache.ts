import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export const MIGRATIONS = 'migrations';
const CACHE = 'node_modules/.cache/groundwork';
const OTHER_SOURCES = [
  'package-lock.json',
  'src/platform/db/service-role.ts',
  'src/platform/db/migrator.ts',
  'src/platform/queue/install-queue.ts',
];

/** Changes with whatever a migrated database is made from. */
export async function hashOfSchema(): Promise<string> {
  const hash = createHash('sha256');
  const migrations = (await readdir(MIGRATIONS)).toSorted().map((name) => join(MIGRATIONS, name));
  for (const path of [...migrations, ...OTHER_SOURCES])
    hash.update(path).update(await readFile(path));
  return hash.digest('hex').slice(0, 16);
}

/** Reads a file that is made once and kept; several processes may ask for it at once. */
export async function cachedFile(
  name: string,
  make: () => Promise<Uint8Array<ArrayBuffer>>,
): Promise<Uint8Array<ArrayBuffer>> {
  const path = join(CACHE, name);
  const found = await readFile(path).catch(() => undefined);
  if (found) return found;
  const made = await make();
  await mkdir(CACHE, { recursive: true });
  const partial = `${path}.${process.pid}`;
  await writeFile(partial, made);
  await rename(partial, path);
  return made;
}
