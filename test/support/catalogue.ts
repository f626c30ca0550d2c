import type { ServiceDatabase } from '#platform/db/create-database';

type Row = { readonly table: string; readonly row: string };

/** Every table there is, the queue's included; partitions stand in the table they are of. */
export async function listTables(database: ServiceDatabase): Promise<readonly string[]> {
  return database.runAsOwner(async (client) => {
    const { rows } = await client.query<{ name: string }>(`
      select format('%s.%s', n.nspname, c.relname) as name
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.relkind in ('r', 'p') and not c.relispartition
        and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_toast'
      order by 1`);
    return rows.map(({ name }) => name);
  });
}

/** Every row, in whatever table and column, that holds one of the texts: as text, in JSON, or as bytes. */
export async function findMentions(
  database: ServiceDatabase,
  texts: readonly string[],
): Promise<readonly Row[]> {
  const patterns = texts.flatMap((text) => [text, Buffer.from(text).toString('hex')]);
  const tables = await listTables(database);
  return database.runAsOwner(async (client) => {
    const found: Row[] = [];
    await client.query('begin');
    await client.query(`select set_config('app.system', 'on', true)`);
    for (const table of tables) {
      const { rows } = await client.query<{ row: string }>(
        `select t::text as row from ${table} t where t::text ilike any($1) order by 1`,
        [patterns.map((pattern) => `%${pattern}%`)],
      );
      found.push(...rows.map(({ row }) => ({ table, row })));
    }
    await client.query('commit');
    return found;
  });
}
