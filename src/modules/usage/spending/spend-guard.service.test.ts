import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { newId, type RunId, type TeamId } from '#shared/ids';
import { createSpendingTeam, usageOf, type SpendingTeam } from '../testing/spending-team.ts';
import { createSpendingRepository } from './spending.repository.ts';

let test: TestDatabase;
let team: SpendingTeam;

beforeAll(async () => {
  test = await createTestDatabase();
});
afterAll(() => test.close());
beforeEach(async () => {
  team = await createSpendingTeam(test);
});

describe('a reservation', () => {
  it('holds its estimate, settles to what was used, and gives the rest back', async () => {
    const limit = await team.limitTo({ amount: 1000 });
    const reservation = await team.buildGuard().guard.reserve(team.callOf(400));
    expect(await team.countersOf(limit)).toEqual({ used: 0, reserved: 400 });
    await reservation.settle(usageOf(150));
    expect(await team.countersOf(limit)).toEqual({ used: 150, reserved: 0 });
  });

  it('that is released leaves nothing', async () => {
    const limit = await team.limitTo({ amount: 1000 });
    const reservation = await team.buildGuard().guard.reserve(team.callOf(400));
    await reservation.release();
    await reservation.release();
    expect(await team.countersOf(limit)).toEqual({ used: 0, reserved: 0 });
  });

  it('is refused where a limit has no room, saying which, its use and when it resets', async () => {
    const limit = await team.limitTo({ amount: 1000 });
    const { guard } = team.buildGuard();
    await guard.reserve(team.callOf(700));
    await expect(guard.reserve(team.callOf(301))).rejects.toMatchObject({
      kind: 'quota_exceeded',
      options: {
        reason: 'spend.limit_reached',
        retryAfterSeconds: expect.any(Number),
        details: {
          limit_id: limit,
          scope: 'team',
          window: 'month',
          unit: 'cost',
          currency: 'EUR',
          amount: 0.001,
          used: 0,
          reserved: 0.0007,
          resets_at: expect.stringMatching(/-01T00:00:00.000Z$/),
        },
      },
    });
    expect(await team.countersOf(limit)).toEqual({ used: 0, reserved: 700 });
  });

  it('holds nothing of other limits when one of them refuses', async () => {
    const wide = await team.limitTo({ amount: 10_000 });
    const narrow = await team.limitTo({ amount: 5, unit: 'tokens', window: 'total' });
    await expect(team.buildGuard().guard.reserve(team.callOf(1))).rejects.toMatchObject({
      options: { details: { limit_id: narrow, window: 'total', resets_at: null } },
    });
    const rows = await test.database
      .forSystem()
      .selectFrom('spend_counters')
      .select('reserved')
      .where('limit_id', '=', wide)
      .execute();
    expect(rows.every(({ reserved }) => Number(reserved) === 0)).toBe(true);
  });

  it('counts for each run by itself where the limit is on runs', async () => {
    await team.limitTo({ scope: 'run', window: 'total', amount: 500 });
    const { guard } = team.buildGuard();
    const [one, other] = [newId<RunId>(), newId<RunId>()];
    await guard.reserve(team.callOf(400, one));
    await expect(guard.reserve(team.callOf(200, one))).rejects.toMatchObject({
      kind: 'quota_exceeded',
    });
    await guard.reserve(team.callOf(200, other));
  });

  it('never admits more than the limit, however many ask at once', async () => {
    const limit = await team.limitTo({ amount: 1000 });
    const { guard } = team.buildGuard();
    const outcomes = await Promise.allSettled(
      Array.from({ length: 100 }, () => guard.reserve(team.callOf(100))),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(10);
    expect(await team.countersOf(limit)).toEqual({ used: 0, reserved: 1000 });
  });

  it('can grow up to the limit, and keeps what it held where that is refused', async () => {
    const limit = await team.limitTo({ amount: 1000 });
    const reservation = await team.buildGuard().guard.reserve(team.callOf(400));
    await reservation.extend({ tokens: 1, costMicros: 600 });
    await expect(reservation.extend({ tokens: 1, costMicros: 1 })).rejects.toMatchObject({
      kind: 'quota_exceeded',
    });
    expect(await team.countersOf(limit)).toEqual({ used: 0, reserved: 1000 });
    await reservation.settle(usageOf(900));
    expect(await team.countersOf(limit)).toEqual({ used: 900, reserved: 0 });
  });

  it('of a process that is gone expires, and a late settlement still counts, once', async () => {
    const limit = await team.limitTo({ amount: 1000 });
    const dead = team.buildGuard({ leaseSeconds: 0 });
    const reservation = await dead.guard.reserve(team.callOf(400));
    expect(await team.buildGuard().sweep()).toBeGreaterThan(0);
    expect(await team.countersOf(limit)).toEqual({ used: 0, reserved: 0 });
    await reservation.settle(usageOf(150));
    await reservation.settle(usageOf(150));
    expect(await team.countersOf(limit)).toEqual({ used: 150, reserved: 0 });
  });

  it('of a run stays until the run has ended, though its process is gone', async () => {
    const limit = await team.limitTo({ amount: 1000 });
    const runId = await team.beginRun();
    await team.buildGuard({ leaseSeconds: 0 }).guard.reserve(team.callOf(400, runId));
    await team.buildGuard().sweep();
    expect(await team.countersOf(limit)).toEqual({ used: 0, reserved: 400 });
    await test.database.forSystem().updateTable('runs').set({ status: 'failed' }).execute();
    await team.buildGuard().sweep();
    expect(await team.countersOf(limit)).toEqual({ used: 0, reserved: 0 });
  });

  it('is given back at once at the start of the only process of a database', async () => {
    const limit = await team.limitTo({ amount: 1000 });
    await team.buildGuard().guard.reserve(team.callOf(400));
    const next = team.buildGuard();
    await next.start({ isOnlyProcess: false });
    next.stop();
    expect(await team.countersOf(limit)).toEqual({ used: 0, reserved: 400 });
    await next.start({ isOnlyProcess: true });
    next.stop();
    expect(await team.countersOf(limit)).toEqual({ used: 0, reserved: 0 });
  });

  it('meets a new limit that knows what was used before it', async () => {
    const { guard } = team.buildGuard();
    await (await guard.reserve(team.callOf(400))).settle(usageOf(300));
    await team.limitTo({ amount: 500 });
    await expect(guard.reserve(team.callOf(201))).rejects.toMatchObject({ kind: 'quota_exceeded' });
    await guard.reserve(team.callOf(200));
  });

  it("counts a user's budget over all teams", async () => {
    const { guard } = team.buildGuard();
    await sql`update users set monthly_cost_budget = 500 where id = ${team.userId}`.execute(
      test.database.unscoped(),
    );
    const elsewhere = newId<TeamId>();
    await sql`insert into teams (id, name, tier) values (${elsewhere}, 'Other', 'free')`.execute(
      test.database.forSystem(),
    );
    const call = team.callOf(300);
    await (await guard.reserve(call)).settle(usageOf(300));
    const other = { ...call, payer: { ...call.payer, teamId: elsewhere } };
    await expect(guard.reserve(other)).rejects.toMatchObject({
      options: { details: { scope: 'user', window: 'month', amount: 0.0005 } },
    });
    await sql`update users set monthly_cost_budget = null where id = ${team.userId}`.execute(
      test.database.unscoped(),
    );
    await guard.reserve(other);
  });
});

describe('what is held ahead for a busy payer', () => {
  const reservedOf = async (limit: string) => (await team.countersOf(limit)).reserved;

  /** Twice what one call needs is then held for the next. */
  async function callTwice({ guard }: ReturnType<SpendingTeam['buildGuard']>, limit: string) {
    const calls = [await guard.reserve(team.callOf(50)), await guard.reserve(team.callOf(50))];
    await expect.poll(() => reservedOf(limit), { interval: 5 }).toBe(200);
    for (const call of calls) await call.settle(usageOf(50));
  }

  it('is what the next call has, and is given back as far as that does not use it', async () => {
    const limit = await team.limitTo({ amount: 1000 });
    const built = team.buildGuard();
    await callTwice(built, limit);
    const next = await built.guard.reserve(team.callOf(60));
    expect(await team.countersOf(limit)).toEqual({ used: 100, reserved: 100 });
    await next.settle(usageOf(60));
    await built.stop();
    await expect
      .poll(() => team.countersOf(limit), { timeout: 5000 })
      .toEqual({ used: 160, reserved: 0 });
  });

  it('stands in the way of no other call', async () => {
    const limit = await team.limitTo({ amount: 1000 });
    const built = team.buildGuard();
    await callTwice(built, limit);
    await built.guard.reserve({ ...team.callOf(900), model: 'other' });
    expect(await team.countersOf(limit)).toEqual({ used: 100, reserved: 900 });
  });

  it('leaves half of each limit, and of the streams, to calls that there are', async () => {
    const limit = await team.limitTo({ amount: 1000 });
    const spending = createSpendingRepository(test.database.forTeam(team.teamId));
    const ahead = (costMicros: number) => ({
      ...team.callOf(costMicros),
      id: newId<string>(),
      leaseSeconds: 60,
      streamCaps: { free: 4, pro: 4, enterprise: 4 },
      isTrial: false,
      isAhead: true,
    });
    expect(await spending.reserve(ahead(501))).toMatchObject({ refused_by: 'limit' });
    for (let stream = 0; stream < 2; stream += 1) {
      expect(await spending.reserve(ahead(250))).toBeUndefined();
    }
    expect(await spending.reserve(ahead(0))).toMatchObject({ refused_by: 'streams' });
    expect(await reservedOf(limit)).toBe(500);
  });
});

describe('the streams of a team', () => {
  it('are as many as its tier allows, and a dead process keeps no place', async () => {
    const { guard } = team.buildGuard({ streamsFree: 2 });
    const dead = team.buildGuard({ streamsFree: 2, leaseSeconds: 0 });
    await dead.guard.reserve(team.callOf(0));
    const first = await guard.reserve(team.callOf(0));
    await guard.reserve(team.callOf(0));
    await expect(guard.reserve(team.callOf(0))).rejects.toMatchObject({
      kind: 'rate_limited',
      options: { reason: 'streams.too_many', details: { limit: 2, in_progress: 2 } },
    });
    await guard.reserve({ ...team.callOf(0), isStream: false });
    await first.release();
    await guard.reserve(team.callOf(0));
  });

  it('are one for a run, also while a dead process still holds something for it', async () => {
    const { guard } = team.buildGuard({ streamsFree: 1 });
    const runId = newId<RunId>();
    await guard.reserve(team.callOf(0, runId));
    await guard.reserve(team.callOf(0, runId));
    await expect(guard.reserve(team.callOf(0, newId<RunId>()))).rejects.toMatchObject({
      options: { reason: 'streams.too_many', details: { limit: 1, in_progress: 1 } },
    });
    await expect(guard.reserve(team.callOf(0))).rejects.toMatchObject({ kind: 'rate_limited' });
  });

  it('are never more when many begin at once', async () => {
    const { guard } = team.buildGuard({ streamsFree: 2 });
    const outcomes = await Promise.allSettled(
      Array.from({ length: 30 }, () => guard.reserve(team.callOf(0))),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(2);
  });
});
