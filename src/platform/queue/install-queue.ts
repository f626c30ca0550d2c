import { PgBoss } from 'pg-boss';
import { TURNS_INDEX } from './job-turns.ts';
import { QUEUE_SCHEMA } from './queue-schema.ts';

export type ExecuteSql = (text: string, values?: unknown[]) => Promise<{ rows: unknown[] }>;

/** Creates the queue's tables, or brings them to the library's version; run with the owner's rights. */
export async function installQueue(executeSql: ExecuteSql): Promise<void> {
  const boss = new PgBoss({
    db: { executeSql },
    schema: QUEUE_SCHEMA,
    supervise: false,
    schedule: false,
  });
  await boss.start();
  await boss.stop({ graceful: false });
  await executeSql(TURNS_INDEX);
}
