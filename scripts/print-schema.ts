// Prints the schema that the migrations make, as SQL.
import { dumpSchema } from '#platform/db/dump-schema';
import { createTestDatabase } from '#test/database';

const { database, close } = await createTestDatabase();
process.stdout.write(await database.runAsOwner(dumpSchema));
await close();
