// A process that owns an embedded database until it is killed: it writes rows, and prints each one's
// number once its commit was acknowledged.
import { createDatabase } from '#platform/db/create-database';
import { createMetrics } from '#platform/telemetry/metrics';
import { silentLogger } from './silent-logger.ts';

const database = await createDatabase(
  { kind: 'embedded', dataFolder: process.argv[2] },
  { logger: silentLogger, metrics: createMetrics() },
);
await database.runAsOwner((client) =>
  client.query('create table if not exists written (n integer)'),
);
process.stdout.write('ready\n');
for (let n = 1; ; n += 1) {
  await database.runAsOwner((client) => client.query('insert into written values ($1)', [n]));
  process.stdout.write(`${n}\n`);
}
