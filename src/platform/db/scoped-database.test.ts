import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId, type TeamId } from '#shared/ids';
import { createTestDatabase, type TestDatabase } from '#test/database';
import type { Queries } from './database.ts';

let test: TestDatabase;
beforeAll(async () => {
  test = await createTestDatabase();
});
afterAll(() => test.close());

async function createTeam(): Promise<TeamId> {
  const id = newId<TeamId>();
  await test.database.forTeam(id).insertInto('teams').values({ id, name: 'a team' }).execute();
  return id;
}

const teamIds = async (queries: Queries) =>
  (await queries.selectFrom('teams').select('id').execute()).map(({ id }) => id);

describe('scopes', () => {
  it('shows no tenant row without a scope', async () => {
    await createTeam();
    expect(await teamIds(test.database.unscoped())).toEqual([]);
  });

  it('shows a team its own rows only', async () => {
    const [mine] = [await createTeam(), await createTeam()];
    expect(await teamIds(test.database.forTeam(mine))).toEqual([mine]);
  });

  it('shows the system the rows of all', async () => {
    const teams = [await createTeam(), await createTeam()];
    expect(await teamIds(test.database.forSystem())).toEqual(expect.arrayContaining(teams));
  });

  it('refuses to insert a row of another team', async () => {
    const [mine, theirs] = [await createTeam(), newId<TeamId>()];
    const insert = test.database
      .forTeam(mine)
      .insertInto('teams')
      .values({ id: theirs, name: 'not mine' });
    await expect(insert.execute()).rejects.toThrow('row-level security');
  });

  it('neither changes nor deletes the rows of another team', async () => {
    const [mine, theirs] = [await createTeam(), await createTeam()];
    const queries = test.database.forTeam(mine);
    await queries.updateTable('teams').set({ name: 'taken' }).where('id', '=', theirs).execute();
    await queries.deleteFrom('teams').where('id', '=', theirs).execute();
    const row = await test.database
      .forTeam(theirs)
      .selectFrom('teams')
      .select('name')
      .executeTakeFirst();
    expect(row).toEqual({ name: 'a team' });
  });

  it('refuses to move a row to another team', async () => {
    const [mine, theirs] = [await createTeam(), newId<TeamId>()];
    const move = test.database
      .forTeam(mine)
      .updateTable('teams')
      .set({ id: theirs })
      .where('id', '=', mine);
    await expect(move.execute()).rejects.toThrow('row-level security');
  });

  it('ends a scope with its statement, also with one that fails', async () => {
    const mine = await createTeam();
    const client = await test.database.pool.connect();
    client.release();
    await teamIds(test.database.forTeam(mine));
    const failing = sql`select 1 / 0`.execute(test.database.forSystem());
    await expect(failing).rejects.toThrow('division by zero');
    const { rows } = await test.database.pool.query(
      `select current_setting('app.team_id', true) as team, current_setting('app.system', true) as system,
              (select count(*)::int from teams) as visible`,
    );
    expect(rows).toEqual([
      {
        team: expect.not.stringContaining(mine),
        system: expect.not.stringContaining('on'),
        visible: 0,
      },
    ]);
  });

  it('ends a scope with its transaction', async () => {
    const mine = await createTeam();
    await test.database.transaction({ kind: 'team', teamId: mine }, teamIds);
    expect(await teamIds(test.database.unscoped())).toEqual([]);
  });

  it('works as a role that row-level security binds', async () => {
    const { rows } = await test.database.pool.query(
      `select current_user as name, rolsuper, rolbypassrls from pg_roles where rolname = current_user`,
    );
    expect(rows).toEqual([{ name: 'groundwork_app', rolsuper: false, rolbypassrls: false }]);
  });

  it('gives the service no right to change the schema', async () => {
    await expect(test.database.pool.query('drop table teams')).rejects.toThrow('must be owner');
    await expect(test.database.pool.query('create table mine ()')).rejects.toThrow(
      'permission denied',
    );
    await expect(test.database.pool.query('delete from schema_migrations')).rejects.toThrow(
      'permission denied',
    );
  });
});

describe('values', () => {
  it('come out as ISO-8601 timestamps with milliseconds and as safe numbers', async () => {
    const { rows } = await sql`
      select '2026-11-21 03:04:05.678901+02'::timestamptz as micros, '2026-11-21 00:00:00Z'::timestamptz as whole,
             9007199254740991::int8 as large, count(*) as count from generate_series(1, 3)
    `.execute(test.database.unscoped());
    expect(rows).toEqual([
      {
        micros: '2026-11-21T01:04:05.678Z',
        whole: '2026-11-21T00:00:00.000Z',
        large: 9007199254740991,
        count: 3,
      },
    ]);
  });

  it('are refused when a number would lose digits', async () => {
    const query = sql`select 9007199254740993::int8 as n`.execute(test.database.unscoped());
    await expect(query).rejects.toThrow('not a safe integer');
    expect(await test.database.unscoped().selectFrom('users').select('id').execute()).toEqual([]);
  });

  it('stay as the driver gives them for the libraries that use the pool', async () => {
    const { rows } = await test.database.pool.query(
      `select '2026-11-21Z'::timestamptz as at, 5::int8 as n`,
    );
    expect(rows).toEqual([{ at: new Date('2026-11-21'), n: '5' }]);
  });
});

describe('values that cannot be stored', () => {
  it.each([
    ['a NUL in text', () => sql`select ${'a\u0000b'}::text`],
    ['a NUL in JSON', () => sql`select ${'{"a":"\\u0000"}'}::jsonb`],
    ['a lone surrogate in JSON', () => sql`select ${'{"a":"\\ud800"}'}::jsonb`],
    ['an integer out of range', () => sql`select ${'99999999999999999999'}::int8`],
    ['a negative limit', () => sql`select 1 limit ${-1}`],
    ['JSON nested too deeply', () => sql`select ${'['.repeat(50_000)}::jsonb`],
  ])('make %s an invalid input', async (_name, query) => {
    await expect(query().execute(test.database.unscoped())).rejects.toMatchObject({
      kind: 'invalid',
    });
  });
});

describe('ping', () => {
  it('resolves when the database answers', async () => {
    await expect(test.database.ping(5000)).resolves.toBeUndefined();
  });

  it('rejects in time when every connection is busy', async () => {
    const { pool } = test.database;
    const busy = await Promise.all(Array.from({ length: pool.options.max }, () => pool.connect()));
    await expect(test.database.ping(50)).rejects.toMatchObject({ kind: 'unavailable' });
    for (const client of busy) client.release();
  });
});
