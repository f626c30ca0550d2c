import { dumpSchema } from '#platform/db/dump-schema';
import { createServiceMigrator, migrateUp } from './migrate.ts';
import { createPlatform, type PlatformOptions } from './platform.ts';

export type MigrateCommand = 'up' | 'down' | 'status' | 'dump';

/** The `migrate` command: each says what it did, a line a migration. */
export async function runMigrateCommand(
  options: PlatformOptions,
  command: MigrateCommand,
): Promise<void> {
  const platform = await createPlatform(options);
  const migrator = createServiceMigrator(platform);
  try {
    switch (command) {
      case 'up':
        return print(
          (await migrateUp(platform)).map((name) => `applied ${name}`),
          'nothing is due',
        );
      case 'down':
        return print(toLines('undone', await migrator.down()), 'nothing to undo');
      case 'status':
        return print(
          (await migrator.status()).map(
            ({ name, isApplied }) => `${isApplied ? 'applied' : 'due    '} ${name}`,
          ),
          '',
        );
      case 'dump':
        return print([await platform.database.runAsOwner(dumpSchema)], '');
    }
  } finally {
    await platform.close();
  }
}

function toLines(what: string, name: string | undefined): readonly string[] {
  return name === undefined ? [] : [`${what} ${name}`];
}

function print(lines: readonly string[], otherwise: string): void {
  process.stdout.write(`${lines.length > 0 ? lines.join('\n') : otherwise}\n`);
}
