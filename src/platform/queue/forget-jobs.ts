import { z } from 'zod';
import { QUEUE_SCHEMA } from './queue-schema.ts';

type Dependencies = {
  readonly executeSql: (text: string, values?: unknown[]) => Promise<{ rows: unknown[] }>;
};

const BATCH = 5000;
const FIRST = { name: '', id: '00000000-0000-0000-0000-000000000000' };
const Position = z.array(z.object({ name: z.string(), id: z.string() }));

const FORGET_IN_PAGE = `
  with page as materialized (
    select name, id from ${QUEUE_SCHEMA}.job where (name, id) > ($1, $2::uuid) order by name, id limit $3
  ), gone as (
    delete from ${QUEUE_SCHEMA}.job using page
    where job.name = page.name and job.id = page.id
      and exists (select from unnest($4::text[]) as wanted (word) where strpos(
        concat_ws(' ', job.data, job.output, job.source_output, job.singleton_key, job.group_id), word) > 0)
  )
  select name, id::text from page order by name, id offset $3 - 1`;

/** Goes through all jobs a page at a time; a page that is not full is the last. */
export function createForgetJobs({ executeSql }: Dependencies) {
  return async (texts: readonly string[], pace: () => Promise<void>): Promise<void> => {
    let after: { readonly name: string; readonly id: string } | undefined = FIRST;
    while (after) {
      await pace();
      const values: unknown[] = [after.name, after.id, BATCH, texts];
      const { rows } = await executeSql(FORGET_IN_PAGE, values);
      [after] = Position.parse(rows);
    }
  };
}
