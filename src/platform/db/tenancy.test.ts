import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '#test/database';

/** Tables that hold no tenant's data, or are guarded otherwise. */
const EXEMPT: Readonly<Record<string, string>> = {
  users: 'a person belongs to several teams',
  auth_sessions: 'belongs to a person',
  refresh_tokens: 'belongs to a person; found by the hash of a secret',
  user_exports: 'a lease of a person',
  user_erasures: 'of a person; outlives them, without a name',
  models: "the operator's list, for every team; those of one team are in team_models",
  feature_flags: "the operator's switches; they belong to no tenant",
  audit_log: 'read by administrators only; its entries outlive teams',
  identities: 'belongs to a person; found before anybody is signed in',
  erased_identities: 'belongs to nobody any more',
  one_time_tokens: 'belongs to a person, or to nobody yet; found by the hash of a secret',
  pending_registrations: 'belongs to nobody yet',
  rate_hits: 'counted before anybody is signed in',
  webhook_events: 'told by providers, of whom they like; read by jobs only',
  sign_in_attempts: 'counted before anybody is signed in',
  checkpoints: "the agent library's; keyed by a session, which is read in its team's scope first",
  checkpoint_blobs: 'as checkpoints',
  checkpoint_writes: 'as checkpoints',
  checkpoint_migrations: 'versions of the three above',
  schema_migrations: 'written by the migrations',
  schema_migrations_lock: 'written by the migrations',
};

let test: TestDatabase;
beforeAll(async () => {
  test = await createTestDatabase();
});
afterAll(() => test.close());

async function names(query: string): Promise<readonly string[]> {
  const { rows } = await test.database.pool.query<{ name: string }>(query);
  return rows.map(({ name }) => name);
}

const TABLES = `pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')`;

it('forces row-level security, by team, on every table that is not exempt', async () => {
  const guarded = await names(`
    select c.relname as name from ${TABLES} and c.relrowsecurity and c.relforcerowsecurity
      and exists (select from pg_policy p where p.polrelid = c.oid and p.polname = 'tenant_isolation'
                  and p.polcmd = '*' and pg_get_expr(p.polqual, p.polrelid) like '%current_team_id()%')
      and (select count(*) from pg_policy p where p.polrelid = c.oid) = 1
      and (c.relname = 'teams' or exists (
        select from pg_attribute a where a.attrelid = c.oid and a.attname = 'team_id' and a.attnotnull))`);
  const all = await names(`select c.relname as name from ${TABLES} order by 1`);
  expect(all.filter((name) => !guarded.includes(name) && !(name in EXEMPT))).toEqual([]);
});

it('exempts no table that has a team', async () => {
  const teamed = await names(`
    select c.relname as name from ${TABLES}
      and exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'team_id')`);
  expect(teamed.filter((name) => name in EXEMPT)).toEqual([]);
});

it('has an index for every foreign key, over all rows', async () => {
  const missing = await names(`
    select k.conrelid::regclass || ' ' || k.conname as name
    from pg_constraint k
    where k.contype = 'f' and k.connamespace = 'public'::regnamespace and not exists (
      select from pg_index i where i.indrelid = k.conrelid and i.indpred is null
        and (i.indkey::int2[])[0:cardinality(k.conkey) - 1] @> k.conkey)`);
  expect(missing).toEqual([]);
});
