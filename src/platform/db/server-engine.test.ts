import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createMetrics } from '#platform/telemetry/metrics';
import { newId, type TeamId } from '#shared/ids';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { silentLogger } from '#test/silent-logger';
import { startTcpProxy, type TcpProxy } from '#test/tcp-proxy';
import { createDatabase, type ServiceDatabase } from './create-database.ts';
import { teamScope } from './database.ts';

// Longer than the second after which Postgres looks for deadlocks.
const STATEMENT_TIMEOUT_MS = 2500;
const ACQUIRE_TIMEOUT_MS = 500;

describe.runIf(process.env['TEST_DATABASE_URL'])('on a server', () => {
  let test: TestDatabase;
  let proxy: TcpProxy;
  let database: ServiceDatabase;

  beforeEach(async () => {
    test = await createTestDatabase();
    const url = new URL(test.url ?? '');
    proxy = await startTcpProxy({ host: url.hostname, port: Number(url.port || 5432) });
    url.host = `127.0.0.1:${proxy.port}`;
    database = await openServer(url.href);
  });
  afterEach(async () => {
    await database.close();
    await proxy.close();
    await test.close();
  });

  const openServer = (url: string, poolSize = 2) =>
    createDatabase(
      {
        kind: 'server',
        url,
        poolSize,
        statementTimeoutMs: STATEMENT_TIMEOUT_MS,
        acquireTimeoutMs: ACQUIRE_TIMEOUT_MS,
      },
      { logger: silentLogger, metrics: createMetrics() },
    );

  const isUnavailable = { kind: 'unavailable', options: { retryable: true, retryAfterSeconds: 1 } };
  const select = () => database.unscoped().selectFrom('users').select('id').execute();
  const killAll = () =>
    test.database.runAsOwner((client) =>
      client.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where datname = current_database() and pid <> pg_backend_pid()`,
      ),
    );

  it('is unavailable when the pool is exhausted for longer than the wait, and works again after', async () => {
    const sleeping = () => sql`select pg_sleep(0.9)`.execute(database.unscoped());
    const results = await Promise.allSettled([
      sleeping(),
      sleeping(),
      ...Array.from({ length: 20 }, select),
    ]);
    const refused = results.filter((result) => result.status === 'rejected');
    expect(refused).toHaveLength(20);
    for (const { reason } of refused) expect(reason).toMatchObject(isUnavailable);
    expect(await select()).toEqual([]);
  });

  it('is unavailable to a statement that takes too long', async () => {
    const slow = sql`select pg_sleep(5)`.execute(database.unscoped());
    await expect(slow).rejects.toMatchObject(isUnavailable);
  });

  it('loses a cut transaction whole, and heals', async () => {
    const id = newId<TeamId>();
    const cut = database.transaction(teamScope(id), async (queries) => {
      await queries.insertInto('teams').values({ id, name: 'a team' }).execute();
      await killAll();
      await queries.selectFrom('teams').select('id').execute();
    });
    await expect(cut).rejects.toMatchObject(isUnavailable);
    expect(await database.forTeam(id).selectFrom('teams').select('id').execute()).toEqual([]);
  });

  it('outlives the loss of its idle connections', async () => {
    await select();
    await killAll();
    await expect.poll(() => select().catch(() => 'not yet')).toEqual([]);
  });

  it('is unavailable while the server swallows what it is sent, and works once it is back', async () => {
    await select();
    proxy.swallow();
    // The second finds no connection that works, and cannot get one.
    await expect(select()).rejects.toMatchObject(isUnavailable);
    await expect(select()).rejects.toMatchObject(isUnavailable);
    await proxy.restore();
    expect(await select()).toEqual([]);
  });

  it('is unavailable while the server refuses, and works once it is back', async () => {
    await proxy.refuse();
    await expect(select()).rejects.toMatchObject(isUnavailable);
    await proxy.restore();
    expect(await select()).toEqual([]);
  });

  it('resolves a deadlock by running one of the two again', async () => {
    const [first, second] = [newId<TeamId>(), newId<TeamId>()];
    await database.transaction({ kind: 'system' }, (queries) =>
      queries
        .insertInto('teams')
        .values([first, second].map((id) => ({ id, name: '' })))
        .execute(),
    );
    const both = Promise.withResolvers<void>();
    let waiting = 0;
    const crossing = (order: readonly TeamId[]) =>
      database.transaction({ kind: 'system' }, async (queries) => {
        const append = (id: TeamId | undefined) =>
          queries
            .updateTable('teams')
            .set({ name: sql`name || '+'` })
            .where('id', '=', id ?? '')
            .execute();
        await append(order[0]);
        if (++waiting === 2) both.resolve();
        await both.promise;
        await append(order[1]);
      });
    await Promise.all([crossing([first, second]), crossing([second, first])]);
    const rows = await database.forSystem().selectFrom('teams').select('name').execute();
    expect(rows).toEqual([{ name: '++' }, { name: '++' }]);
  });

  it('keeps no more prepared statements on a connection than its bound', async () => {
    const single = await openServer(test.url ?? '', 1);
    for (let n = 0; n < 400; n += 1) {
      await sql`select ${sql.lit(n)}::int as n, ${'a value'}::text as v`.execute(single.unscoped());
    }
    const { rows } = await single.pool.query(
      'select count(*)::int as count from pg_prepared_statements',
    );
    await single.close();
    expect(rows[0]?.count).toBeGreaterThan(200);
    expect(rows[0]?.count).toBeLessThan(260);
  });

  it('hears notifications, and again after its connection was lost', async () => {
    const heard: string[] = [];
    let reconnects = 0;
    const listening = await test.database.listen('news', {
      onNotification: (payload) => heard.push(payload),
      onReconnect: () => (reconnects += 1),
    });
    await test.database.pool.query(`notify news, 'one'`);
    await expect.poll(() => heard).toEqual(['one']);
    await killAll();
    await expect.poll(() => reconnects, { timeout: 10_000 }).toBe(1);
    await test.database.pool.query(`notify news, 'two'`);
    await expect.poll(() => heard).toEqual(['one', 'two']);
    await listening.close();
  });

  describe('a login role', () => {
    async function withLogin<T>(attributes: string, work: (url: string) => Promise<T>): Promise<T> {
      const name = `login_${newId().replaceAll('-', '')}`;
      const url = new URL(test.url ?? '');
      const asOwner = (text: string) => test.database.runAsOwner((client) => client.query(text));
      await asOwner(`create role ${name} login password 'secret' ${attributes}`);
      url.username = name;
      url.password = 'secret';
      try {
        return await work(url.href);
      } finally {
        await asOwner(`drop owned by ${name}; drop role ${name}`);
      }
    }

    async function countTeamsAs(url: string): Promise<unknown> {
      const service = await openServer(url);
      try {
        return (await service.pool.query('select current_user as name')).rows[0];
      } finally {
        await service.close();
      }
    }

    it('that bypasses row-level security and cannot become the service is refused', async () => {
      await withLogin('bypassrls', async (url) => {
        await expect(countTeamsAs(url)).rejects.toThrow('bypasses row-level security');
      });
    });

    it('that bypasses row-level security becomes the service where it may', async () => {
      await withLogin('bypassrls in role groundwork_app', async (url) => {
        expect(await countTeamsAs(url)).toEqual({ name: 'groundwork_app' });
      });
    });

    it('of no special rights stays itself', async () => {
      await withLogin('', async (url) => {
        expect(await countTeamsAs(url)).toEqual({ name: new URL(url).username });
      });
    });
  });
});

describe('a server that cannot be reached', () => {
  it('is unavailable', async () => {
    const database = await createDatabase(
      {
        kind: 'server',
        url: 'postgresql://nobody@127.0.0.1:1/none',
        poolSize: 1,
        statementTimeoutMs: 1000,
      },
      { logger: silentLogger, metrics: createMetrics() },
    );
    await expect(database.ping(5000)).rejects.toMatchObject({ kind: 'unavailable' });
    await expect(database.runAsOwner(async () => {})).rejects.toMatchObject({
      kind: 'unavailable',
    });
    await database.close();
  });
});
