import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PostgresSaver } from '@langchain/langgraph-checkpoint-postgres';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { dumpSchema } from './dump-schema.ts';
import { listMigrationNames, scaffoldMigration } from './migration-files.ts';
import { createMigrator } from './migrator.ts';

const MIGRATIONS = 'migrations';

let test: TestDatabase;
let folder: string;
beforeAll(async () => {
  test = await createTestDatabase();
});
afterAll(() => test.close());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'groundwork-'));
  await cp(MIGRATIONS, folder, { recursive: true });
});
afterEach(() => rm(folder, { recursive: true }));

const migratorIn = (directory: string) =>
  createMigrator({ database: test.database, folder: directory });
const dump = () => test.database.runAsOwner(dumpSchema);
const addMigration = (name: string, text: string) => writeFile(join(folder, `${name}.sql`), text);

describe('the migrations', () => {
  it('can each be taken back and applied again, to the same schema', async () => {
    const migrator = migratorIn(MIGRATIONS);
    const names = await listMigrationNames(MIGRATIONS);
    const before = new Map<string, string>();
    for (const name of names.toReversed()) {
      before.set(name, await dump());
      expect(await migrator.down()).toBe(name);
    }
    expect(await dump()).not.toContain('create table');
    for (const name of names) {
      await addOnly(names.slice(0, names.indexOf(name) + 1));
      expect(await migratorIn(folder).up()).toEqual([name]);
      expect(await dump()).toBe(before.get(name));
    }
  });

  async function addOnly(names: readonly string[]): Promise<void> {
    await rm(folder, { recursive: true });
    for (const name of names) await cp(`${MIGRATIONS}/${name}.sql`, join(folder, `${name}.sql`));
  }

  it('make the schema that is written down', async () => {
    expect(await dump()).toBe(await readFile('database/schema.sql', 'utf8'));
  });

  it('lay down what the checkpoint saver would, so that it finds nothing to do', async () => {
    const before = await dump();
    await test.database.runAsOwner(async (client) => {
      const lent = { query: client.query.bind(client), release: () => {} };
      const saver = new PostgresSaver(test.database.pool);
      Reflect.set(saver, 'pool', { connect: async () => lent });
      await saver.setup();
    });
    expect(await dump()).toBe(before);
  });
});

describe('migrating', () => {
  it('does nothing where nothing is due', async () => {
    expect(await migratorIn(MIGRATIONS).up()).toEqual([]);
    await expect(migratorIn(MIGRATIONS).assertCurrent()).resolves.toBeUndefined();
  });

  it('applies a migration once when several processes migrate at once', async () => {
    await addMigration(
      '9001_twice',
      '-- migrate:up\ncreate table twice (n integer);\n-- migrate:down\ndrop table twice;\n',
    );
    const applied = await Promise.all([1, 2, 3].map(() => migratorIn(folder).up()));
    expect(applied.flat()).toEqual(['9001_twice']);
    await migratorIn(folder).down();
  });

  it('keeps nothing of a migration that fails, and all of those before it', async () => {
    await addMigration(
      '9001_good',
      '-- migrate:up\ncreate table good (n integer);\n-- migrate:down\ndrop table good;\n',
    );
    await addMigration(
      '9002_bad',
      '-- migrate:up\ncreate table half (n integer);\nselect 1 / 0;\n-- migrate:down\n',
    );
    await expect(migratorIn(folder).up()).rejects.toThrow('division by zero');
    const schema = await dump();
    expect(schema).toContain('create table good');
    expect(schema).not.toContain('create table half');
    await rm(join(folder, '9002_bad.sql'));
    expect(await migratorIn(folder).down()).toBe('9001_good');
  });

  it('says which migrations are applied and which are due', async () => {
    await addMigration('9001_due', '-- migrate:up\nselect 1;\n-- migrate:down\nselect 1;\n');
    const status = await migratorIn(folder).status();
    expect(status.at(0)).toEqual({ name: '0001_tenancy', isApplied: true });
    expect(status.at(-1)).toEqual({ name: '9001_due', isApplied: false });
    await expect(migratorIn(folder).assertCurrent()).rejects.toThrow('9001_due');
  });

  it('refuses a schema that is newer than the code, whatever is asked', async () => {
    await addMigration('9001_newer', '-- migrate:up\nselect 1;\n-- migrate:down\nselect 1;\n');
    await migratorIn(folder).up();
    const older = migratorIn(MIGRATIONS);
    const refusal = {
      message: expect.stringContaining('9001_newer'),
      options: { reason: 'schema_newer' },
    };
    await expect(older.up()).rejects.toMatchObject(refusal);
    await expect(older.down()).rejects.toMatchObject(refusal);
    await expect(older.assertCurrent()).rejects.toMatchObject(refusal);
    expect((await older.status()).at(-1)).toEqual({ name: '9001_newer', isApplied: true });
    await migratorIn(folder).down();
  });

  it('lets the owner install what is not ours, and gives the service its use', async () => {
    await migratorIn(MIGRATIONS).up({
      afterAsOwner: async (executeSql) => {
        await executeSql('create table guest (n integer)');
      },
    });
    await test.database.pool.query('insert into guest values (1)');
    expect((await test.database.pool.query('select n from guest')).rows).toEqual([{ n: 1 }]);
    await test.database.runAsOwner((client) => client.query('drop table guest'));
  });

  it('names a file that lacks its sections', async () => {
    await addMigration('9001_odd', 'select 1;\n');
    await expect(migratorIn(folder).up()).rejects.toThrow('9001_odd');
  });
});

describe('a new migration', () => {
  it('gets the next number and both sections', async () => {
    const last = (await listMigrationNames(folder)).at(-1) ?? '';
    const path = await scaffoldMigration(folder, 'Add labels!');
    const number = String(Number.parseInt(last, 10) + 1).padStart(4, '0');
    expect(path).toBe(join(folder, `${number}_add_labels.sql`));
    expect(await readFile(path, 'utf8')).toBe('-- migrate:up\n\n-- migrate:down\n');
  });

  it('needs a name', async () => {
    await expect(scaffoldMigration(folder, ' - ')).rejects.toThrow('Name the migration');
  });
});
