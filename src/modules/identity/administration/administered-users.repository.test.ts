import { createQueryId, sql, type KyselyPlugin, type RootOperationNode } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Queries } from '#platform/db/database';
import { createTestDatabase, type TestDatabase } from '#test/database';
import {
  createAdministeredUsersRepository,
  type UserFilter,
} from './administered-users.repository.ts';

const USERS = 20_000;

let test: TestDatabase;
let queries: Queries;
beforeAll(async () => {
  test = await createTestDatabase();
  queries = test.database.forSystem();
  await sql`
    insert into users (id, email, username, first_name, last_name, role, created_at)
    select gen_random_uuid(), 'user' || n || '@example.com', md5(n::text), 'First' || n, md5('last' || n),
      case when n <= 3 then 'admin' else 'user' end, now() - n * interval '1 minute'
    from generate_series(1, ${sql.lit(USERS)}) as n`.execute(queries);
  await sql`
    insert into teams (id, name, tier, personal_user_id)
    select gen_random_uuid(), 'Personal', case when email like 'user77%' then 'enterprise' else 'free' end, id
    from users`.execute(queries);
  await test.database.runAsOwner((client) => client.query('vacuum analyze users, teams'));
}, 60_000);
afterAll(() => test.close());

const listing = (filter: UserFilter) => ({
  page: 1,
  pageSize: 20,
  sort: { column: 'created_at', direction: 'desc' } as const,
  ...filter,
});

/** The plan of the one statement that a list is. */
async function explain(filter: UserFilter): Promise<string> {
  const seen: RootOperationNode[] = [];
  const recorder: KyselyPlugin = {
    transformQuery({ node }) {
      seen.push(node);
      return node;
    },
    transformResult: async ({ result }) => result,
  };
  await createAdministeredUsersRepository(queries.withPlugin(recorder)).list(listing(filter));
  // The counting that is part of it is told apart by having no limit.
  const node = seen.find((asked) => 'limit' in asked && asked.limit !== undefined);
  if (!node) throw new Error('nothing was asked');
  const query = queries.getExecutor().compileQuery(node, createQueryId());
  const { rows } = await queries.executeQuery({ ...query, sql: `explain ${query.sql}` });
  return rows.map((row) => JSON.stringify(row)).join('\n');
}

it('finds parts of each text without reading every user', async () => {
  const found = await createAdministeredUsersRepository(queries).list(
    listing({ search: 'ER1234@' }),
  );
  expect(found.items.map(({ email }) => email)).toEqual(['user1234@example.com']);
  const plan = await explain({ search: 'er1234@' });
  expect(plan).toContain('users_search_idx');
  expect(plan).not.toContain('Seq Scan');
});

it.each<[string, UserFilter]>([
  ['administrators', { role: 'admin' }],
  ['who came lately', { createdFrom: new Date(Date.now() - 600_000).toISOString() }],
])('lists %s without reading every user', async (_who, filter) => {
  expect(await explain(filter)).not.toContain('Seq Scan on users');
});

it('answers a search for what all have within its page', async () => {
  const { items, total } = await createAdministeredUsersRepository(queries).list(
    listing({ search: 'example.com', tier: 'enterprise' }),
  );
  expect(items).toHaveLength(20);
  expect(total).toBe(111);
});
