import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentLogger } from '#test/silent-logger';
import { readSeed } from '#test/database';
import { createEmbeddedEngine } from './embedded-engine.ts';
import { startEmbeddedPostgres } from './embedded-postgres.ts';
import type { DatabaseEngine } from './engine.ts';
import { maintain } from './maintenance.ts';

const NOTHING_DUE = { checkpointBytes: Infinity, checkpointSeconds: Infinity };

let engine: DatabaseEngine;
beforeAll(async () => {
  const postgres = await startEmbeddedPostgres({ folder: undefined, seed: await readSeed() });
  engine = createEmbeddedEngine(postgres, { logger: silentLogger });
});
afterAll(() => engine.close());

const ask = async (text: string): Promise<unknown> => {
  const { rows } = await engine.runAsOwner((client) => client.query<{ answer: unknown }>(text));
  return rows[0]?.answer;
};
const lastCheckpoint = () => ask('select redo_lsn::text as answer from pg_control_checkpoint()');
const write = () =>
  ask(
    `insert into users (id, email) select gen_random_uuid(), 'u' || gen_random_uuid() from generate_series(1, 2000)`,
  );

describe('upkeep', () => {
  it('makes a checkpoint once enough was written', async () => {
    const before = await lastCheckpoint();
    await write();
    await maintain(engine, NOTHING_DUE);
    expect(await lastCheckpoint()).toBe(before);
    await maintain(engine, { ...NOTHING_DUE, checkpointBytes: 1000 });
    expect(await lastCheckpoint()).not.toBe(before);
  });

  it('makes a checkpoint after a time, if anything was written', async () => {
    await write();
    const upkeepMovesCheckpoint = async () => {
      const before = await lastCheckpoint();
      await maintain(engine, { ...NOTHING_DUE, checkpointSeconds: 0 });
      return (await lastCheckpoint()) !== before;
    };
    expect(await upkeepMovesCheckpoint()).toBe(true);
    // The upkeep of a table writes too, and is followed by one more.
    await expect.poll(upkeepMovesCheckpoint, { timeout: 30_000 }).toBe(false);
  });

  it('vacuums and analyzes a table that changed much', async () => {
    await write();
    await ask('delete from users');
    await ask('select pg_stat_force_next_flush() is null as answer');
    await maintain(engine, NOTHING_DUE);
    expect(
      await ask(`select last_vacuum is not null and last_analyze is not null as answer
                      from pg_stat_user_tables where relname = 'users'`),
    ).toBe(true);
  });
});

describe('listening', () => {
  it('hears what is notified over the only connection', async () => {
    const heard: string[] = [];
    const handlers = {
      onNotification: (payload: string) => heard.push(payload),
      onReconnect: () => {},
    };
    const listening = await engine.listen('news', handlers);
    await engine.pool.query(`notify news, 'one'`);
    await expect.poll(() => heard).toEqual(['one']);
    await listening.close();
    await engine.pool.query(`notify news, 'two'`);
    await engine.pool.query('select 1');
    expect(heard).toEqual(['one']);
  });

  it('goes on after the connection was lost', async () => {
    let reconnects = 0;
    const heard: string[] = [];
    const handlers = {
      onNotification: (payload: string) => heard.push(payload),
      onReconnect: () => (reconnects += 1),
    };
    await engine.listen('news', handlers);
    const client = await engine.pool.connect();
    client.release(true);
    await engine.pool.query(`notify news, 'three'`);
    await expect.poll(() => heard).toEqual(['three']);
    expect(reconnects).toBe(1);
  });
});
