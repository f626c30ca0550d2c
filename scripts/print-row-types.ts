// Prints the types of every table's rows, read from a database that the migrations made.
import { Kysely, PostgresDialect } from 'kysely';
import { generate, PostgresDialect as GeneratorDialect } from 'kysely-codegen';
import { createTestDatabase } from '#test/database';

const { database, close } = await createTestDatabase();
const text = await generate({
  db: new Kysely({ dialect: new PostgresDialect({ pool: database.pool }) }),
  dialect: new GeneratorDialect(),
  // What libraries and the migrations keep for themselves.
  excludePattern: '{pgboss.*,public.checkpoint*,public.schema_migrations*}',
  // As our queries read them.
  typeMapping: { timestamptz: 'string', int8: 'number', vector: 'string' },
});
process.stdout.write(text);
await close();
