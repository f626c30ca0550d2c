import { fileURLToPath } from 'node:url';
import { scaffoldMigration } from '#platform/db/migration-files';
import { createMigrator, type Migrator } from '#platform/db/migrator';
import { installQueue } from '#platform/queue/install-queue';
import type { Platform } from './platform.ts';

const MIGRATIONS = fileURLToPath(new URL('../../migrations', import.meta.url));

export function createServiceMigrator({ database }: Pick<Platform, 'database'>): Migrator {
  return createMigrator({ database, folder: MIGRATIONS });
}

/** Brings the schema, the queue's included, to what this code expects. */
export async function migrateUp(platform: Pick<Platform, 'database'>): Promise<readonly string[]> {
  return createServiceMigrator(platform).up({ afterAsOwner: installQueue });
}

/** Migrates where that is set; otherwise refuses a schema that is not what this code expects. */
export async function prepareSchema(
  platform: Pick<Platform, 'database' | 'config'>,
): Promise<void> {
  if (platform.config.database.isMigratedOnStart) await migrateUp(platform);
  else await createServiceMigrator(platform).assertCurrent();
}

/** The `migrate new` command: writes an empty migration, and says where. */
export async function scaffold(name: string): Promise<void> {
  process.stdout.write(`${await scaffoldMigration(MIGRATIONS, name)}\n`);
}
