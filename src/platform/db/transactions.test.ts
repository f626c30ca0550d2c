import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AppError } from '#platform/errors/app-error';
import { newId, type TeamId } from '#shared/ids';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { teamScope, type Queries } from './database.ts';

let test: TestDatabase;
beforeAll(async () => {
  test = await createTestDatabase();
});
afterAll(() => test.close());

const insertTeam = (queries: Queries, id: TeamId) =>
  queries.insertInto('teams').values({ id, name: 'a team' }).execute();

const exists = async (id: TeamId) =>
  (await test.database.forTeam(id).selectFrom('teams').select('id').execute()).length === 1;

const raise = (state: string) =>
  sql`do $$ begin raise exception using errcode = '${sql.raw(state)}'; end $$`;

describe('a transaction', () => {
  it('keeps all of its work when it succeeds', async () => {
    const id = newId<TeamId>();
    const name = await test.database.transaction(teamScope(id), async (queries) => {
      await insertTeam(queries, id);
      return queries
        .updateTable('teams')
        .set({ name: 'changed' })
        .returning('name')
        .executeTakeFirst();
    });
    expect(name).toEqual({ name: 'changed' });
    expect(await exists(id)).toBe(true);
  });

  it('keeps none of its work when it throws, and throws on', async () => {
    const id = newId<TeamId>();
    const failed = test.database.transaction(teamScope(id), async (queries) => {
      await insertTeam(queries, id);
      throw new AppError('conflict', 'changed my mind');
    });
    await expect(failed).rejects.toMatchObject({ kind: 'conflict' });
    expect(await exists(id)).toBe(false);
  });

  it('fails when a failure inside was swallowed, since nothing of it was kept', async () => {
    const id = newId<TeamId>();
    const failed = test.database.transaction(teamScope(id), async (queries) => {
      await insertTeam(queries, id);
      await insertTeam(queries, id).catch(() => {});
    });
    await expect(failed).rejects.toThrow('rolled back');
    expect(await exists(id)).toBe(false);
  });

  it('needs no statement at all', async () => {
    const scope = { kind: 'none' } as const;
    expect(await test.database.transaction(scope, async () => 'done')).toBe('done');
  });

  it('runs statements that do not wait for each other one by one', async () => {
    const id = newId<TeamId>();
    await test.database.transaction(teamScope(id), async (queries) => {
      await insertTeam(queries, id);
      const rename = (name: string) => queries.updateTable('teams').set({ name }).execute();
      await Promise.all(['a', 'b', 'c'].map(rename));
    });
    const row = await test.database
      .forTeam(id)
      .selectFrom('teams')
      .select('name')
      .executeTakeFirst();
    expect(row).toEqual({ name: 'c' });
  });

  it('waits for statements that its work forgot to wait for', async () => {
    const id = newId<TeamId>();
    await test.database.transaction(teamScope(id), async (queries) => {
      void insertTeam(queries, id);
    });
    expect(await exists(id)).toBe(true);
  });

  it.each(['40001', '40P01'])(
    'is run again when the server rolls it back with %s',
    async (state) => {
      const id = newId<TeamId>();
      let attempts = 0;
      await test.database.transaction(teamScope(id), async (queries) => {
        attempts += 1;
        await insertTeam(queries, id);
        if (attempts < 3) await raise(state).execute(queries);
      });
      expect(attempts).toBe(3);
      expect(await exists(id)).toBe(true);
    },
  );

  it('gives up after three retries, as temporarily unavailable', async () => {
    let attempts = 0;
    const failed = test.database.transaction({ kind: 'none' }, async (queries) => {
      attempts += 1;
      await raise('40001').execute(queries);
    });
    await expect(failed).rejects.toMatchObject({
      kind: 'unavailable',
      options: { retryable: true },
    });
    expect(attempts).toBe(4);
  });

  it('is not run again for another failure', async () => {
    let attempts = 0;
    const failed = test.database.transaction({ kind: 'none' }, async () => {
      attempts += 1;
      throw new Error('a fault');
    });
    await expect(failed).rejects.toThrow('a fault');
    expect(attempts).toBe(1);
  });
});

describe('a query beside the open transaction', () => {
  it('is refused where it would wait for ever', async () => {
    const nested = test.database.transaction({ kind: 'none' }, async (queries) => {
      await sql`select 1`.execute(queries);
      await test.database.unscoped().selectFrom('users').select('id').execute();
    });
    await expect(nested).rejects.toThrow('outside the transaction');
  });

  it('is refused as a second transaction, too', async () => {
    const nested = test.database.transaction({ kind: 'none' }, () =>
      test.database.transaction({ kind: 'none' }, async () => {}),
    );
    await expect(nested).rejects.toThrow('outside the transaction');
  });

  it('is welcome again from what the transaction started and left behind', async () => {
    let goOn = () => {};
    let later: Promise<unknown> = Promise.resolve();
    await test.database.transaction({ kind: 'none' }, async () => {
      later = new Promise<void>((resolve) => (goOn = resolve)).then(() => test.database.ping(5000));
    });
    goOn();
    await expect(later).resolves.toBeUndefined();
  });

  it('cannot use the queries of a transaction that is over', async () => {
    const leaked = await test.database.transaction({ kind: 'none' }, async (queries) => ({
      queries,
    }));
    const late = leaked.queries.selectFrom('users').select('id').execute();
    await expect(late).rejects.toThrow('over');
  });

  it('cannot open a transaction past the scopes', async () => {
    const opened = test.database
      .unscoped()
      .transaction()
      .execute(async () => {});
    await expect(opened).rejects.toThrow('database.transaction');
  });
});
