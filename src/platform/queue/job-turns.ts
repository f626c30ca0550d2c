import { z } from 'zod';
import { QUEUE_SCHEMA } from './queue-schema.ts';

type ExecuteSql = (text: string, values?: unknown[]) => Promise<{ rows: unknown[] }>;

export type Turn = {
  readonly queue: string;
  readonly group: string;
  readonly isBackground?: boolean | undefined;
  readonly isNext?: boolean | undefined;
};

/** Far from both ends of the column, and more turns than a queue takes before it is empty again. */
const BAND = 1_000_000_000;

export const TURNS_INDEX = `
  create index if not exists job_turns_idx on ${QUEUE_SCHEMA}.job (name, group_id, priority)
    where state < 'active' and group_id is not null`;

const FIND_TURNS = `
  select
    (select priority from ${QUEUE_SCHEMA}.job where name = $1 and state < 'active' and not blocked
      and priority <= $3 and priority > $4 order by priority desc, created_on limit 1) as current,
    (select min(priority) from ${QUEUE_SCHEMA}.job where name = $1 and group_id = $2 and state < 'active'
      and priority <= $3 and priority > $4) as last`;
const Turns = z.tuple([z.object({ current: z.number().nullable(), last: z.number().nullable() })]);

/**
 * The priority that lets groups take turns, by start-time fair queueing: a job's turn is the one that is served now,
 * or the one after its group's last. Two that ask at once may get the same turn, which does no harm.
 */
export async function findPriority(
  executeSql: ExecuteSql,
  { queue, group, isBackground = false, isNext = false }: Turn,
): Promise<number> {
  const first = isBackground ? -BAND : 0;
  const { rows } = await executeSql(FIND_TURNS, [queue, group, first, first - BAND]);
  const [{ current, last }] = Turns.parse(rows);
  const served = current ?? first;
  const next = isNext || last === null ? served : Math.min(served, last - 1);
  return Math.max(next, first - BAND + 1);
}
