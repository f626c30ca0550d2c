import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sql, type Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

const FILE_NAME = /^(\d{4}_[a-z0-9_]+)\.sql$/;
const SECTIONS = /^-- migrate:up\n(?<up>.*)^-- migrate:down\n(?<down>.*)$/ms;
const NUMBER_LENGTH = 4;

/** The names of a folder's migrations, `NNNN_name.sql`, in the order they apply in. */
export async function listMigrationNames(folder: string): Promise<readonly string[]> {
  const files = await readdir(folder);
  return files.flatMap((file) => FILE_NAME.exec(file)?.[1] ?? []).toSorted();
}

export async function readMigrations(folder: string): Promise<Record<string, Migration>> {
  const names = await listMigrationNames(folder);
  const migrations = await Promise.all(
    names.map(async (name) => {
      const text = await readFile(join(folder, `${name}.sql`), 'utf8');
      return [name, parseMigration(name, text)] as const;
    }),
  );
  return Object.fromEntries(migrations);
}

/** Writes an empty migration with the next number, and says where. */
export async function scaffoldMigration(folder: string, title: string): Promise<string> {
  const slug = title
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '_')
    .replaceAll(/^_|_$/g, '');
  if (slug === '') throw new Error('Name the migration by what it does, such as add_labels');
  const last = (await listMigrationNames(folder)).at(-1) ?? '0';
  const number = String(Number.parseInt(last, 10) + 1).padStart(NUMBER_LENGTH, '0');
  const path = join(folder, `${number}_${slug}.sql`);
  await writeFile(path, '-- migrate:up\n\n-- migrate:down\n', { flag: 'wx' });
  return path;
}

function parseMigration(name: string, text: string): Migration {
  const sections = SECTIONS.exec(text)?.groups;
  if (!sections) {
    throw new Error(`Migration "${name}" needs "-- migrate:up" and, after it, "-- migrate:down"`);
  }
  const run = (section: string) => async (queries: Kysely<unknown>) => {
    await sql.raw(section).execute(queries);
  };
  return { up: run(sections['up'] ?? ''), down: run(sections['down'] ?? '') };
}
