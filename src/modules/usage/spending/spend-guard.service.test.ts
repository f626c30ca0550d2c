import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { SpendCall, SpentUsage } from '#modules/ai';
import { silentLogger } from '#test/silent-logger';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { newId, type RunId, type SessionId, type TeamId, type UserId } from '#shared/ids';
import { createSpendGuard } from './spend-guard.service.ts';
import { createSpendingRepository } from './spending.repository.ts';

let test: TestDatabase;
let teamId: TeamId;
let userId: UserId;

beforeAll(async () => {
  test = await createTestDatabase();
});
afterAll(() => test.close());
beforeEach(async () => {
  [teamId, userId] = [newId<TeamId>(), newId<UserId>()];
  await sql`insert into users (id, email, password_hash, role) values (${userId}, ${`${userId}@example.com`}, 'x', 'user')`.execute(
    test.database.unscoped(),
  );
  await sql`insert into teams (id, name, tier, personal_user_id) values (${teamId}, 'T', 'free', ${userId})`.execute(
    test.database.forSystem(),
  );
});

function buildGuard({ streamsFree = 1000, leaseSeconds = 60 } = {}) {
  const { database } = test;
  return createSpendGuard({
    spendingOf: (id) => createSpendingRepository(database.forTeam(id)),
    allSpending: () => createSpendingRepository(database.forSystem()),
    settings: {
      currency: 'EUR',
      currencyPerUsd: 0.9,
      streamCaps: { free: streamsFree, pro: 10, enterprise: 50 },
      leaseSeconds,
      sweepIntervalSeconds: 1,
    },
    logger: silentLogger,
  });
}

function callOf(costMicros: number, runId?: RunId): SpendCall {
  return {
    payer: { teamId, userId, runId },
    provider: 'p',
    model: 'm',
    isStream: true,
    estimate: { tokens: 10, costMicros },
  };
}

function usageOf(costMicros: number): SpentUsage {
  return {
    promptTokens: 4,
    completionTokens: 6,
    cachedTokens: 0,
    reasoningTokens: 0,
    isEstimated: false,
    costMicros,
    latencyMs: 5,
  };
}

type Limit = {
  readonly scope?: string;
  readonly window?: string;
  readonly unit?: string;
  readonly amount: number;
};

async function limitTo({ scope = 'team', window = 'month', unit = 'cost', amount }: Limit) {
  const id = newId<string>();
  await test.database
    .forTeam(teamId)
    .insertInto('spend_limits')
    .values({ id, team_id: teamId, scope, window, unit, amount })
    .execute();
  return id;
}

async function beginRun(): Promise<RunId> {
  const [id, sessionId] = [newId<RunId>(), newId<SessionId>()];
  const database = test.database.forTeam(teamId);
  await sql`insert into sessions (id, team_id, user_id) values (${sessionId}, ${teamId}, ${userId})`.execute(
    database,
  );
  await sql`insert into runs (id, team_id, user_id, session_id, status, model, trace_id, lease_until)
    values (${id}, ${teamId}, ${userId}, ${sessionId}, 'running', 'm', 't', now())`.execute(
    database,
  );
  return id;
}

async function countersOf(limitId: string) {
  const { used, reserved } = await test.database
    .forSystem()
    .selectFrom('spend_counters')
    .select(['used', 'reserved'])
    .where('limit_id', '=', limitId)
    .executeTakeFirstOrThrow();
  return { used: Number(used), reserved: Number(reserved) };
}

describe('a reservation', () => {
  it('holds its estimate, settles to what was used, and gives the rest back', async () => {
    const limit = await limitTo({ amount: 1000 });
    const reservation = await buildGuard().guard.reserve(callOf(400));
    expect(await countersOf(limit)).toEqual({ used: 0, reserved: 400 });
    await reservation.settle(usageOf(150));
    expect(await countersOf(limit)).toEqual({ used: 150, reserved: 0 });
  });

  it('that is released leaves nothing', async () => {
    const limit = await limitTo({ amount: 1000 });
    const reservation = await buildGuard().guard.reserve(callOf(400));
    await reservation.release();
    await reservation.release();
    expect(await countersOf(limit)).toEqual({ used: 0, reserved: 0 });
  });

  it('is refused where a limit has no room, saying which, its use and when it resets', async () => {
    const limit = await limitTo({ amount: 1000 });
    const { guard } = buildGuard();
    await guard.reserve(callOf(700));
    await expect(guard.reserve(callOf(301))).rejects.toMatchObject({
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
    expect(await countersOf(limit)).toEqual({ used: 0, reserved: 700 });
  });

  it('holds nothing of other limits when one of them refuses', async () => {
    const wide = await limitTo({ amount: 10_000 });
    const narrow = await limitTo({ amount: 5, unit: 'tokens', window: 'total' });
    await expect(buildGuard().guard.reserve(callOf(1))).rejects.toMatchObject({
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
    await limitTo({ scope: 'run', window: 'total', amount: 500 });
    const { guard } = buildGuard();
    const [one, other] = [newId<RunId>(), newId<RunId>()];
    await guard.reserve(callOf(400, one));
    await expect(guard.reserve(callOf(200, one))).rejects.toMatchObject({ kind: 'quota_exceeded' });
    await guard.reserve(callOf(200, other));
  });

  it('never admits more than the limit, however many ask at once', async () => {
    const limit = await limitTo({ amount: 1000 });
    const { guard } = buildGuard();
    const outcomes = await Promise.allSettled(
      Array.from({ length: 100 }, () => guard.reserve(callOf(100))),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(10);
    expect(await countersOf(limit)).toEqual({ used: 0, reserved: 1000 });
  });

  it('can grow up to the limit, and keeps what it held where that is refused', async () => {
    const limit = await limitTo({ amount: 1000 });
    const reservation = await buildGuard().guard.reserve(callOf(400));
    await reservation.extend({ tokens: 1, costMicros: 600 });
    await expect(reservation.extend({ tokens: 1, costMicros: 1 })).rejects.toMatchObject({
      kind: 'quota_exceeded',
    });
    expect(await countersOf(limit)).toEqual({ used: 0, reserved: 1000 });
    await reservation.settle(usageOf(900));
    expect(await countersOf(limit)).toEqual({ used: 900, reserved: 0 });
  });

  it('of a process that is gone expires, and a late settlement still counts, once', async () => {
    const limit = await limitTo({ amount: 1000 });
    const dead = buildGuard({ leaseSeconds: 0 });
    const reservation = await dead.guard.reserve(callOf(400));
    expect(await buildGuard().sweep()).toBeGreaterThan(0);
    expect(await countersOf(limit)).toEqual({ used: 0, reserved: 0 });
    await reservation.settle(usageOf(150));
    await reservation.settle(usageOf(150));
    expect(await countersOf(limit)).toEqual({ used: 150, reserved: 0 });
  });

  it('of a run stays until the run has ended, though its process is gone', async () => {
    const limit = await limitTo({ amount: 1000 });
    const runId = await beginRun();
    await buildGuard({ leaseSeconds: 0 }).guard.reserve(callOf(400, runId));
    await buildGuard().sweep();
    expect(await countersOf(limit)).toEqual({ used: 0, reserved: 400 });
    await test.database.forSystem().updateTable('runs').set({ status: 'failed' }).execute();
    await buildGuard().sweep();
    expect(await countersOf(limit)).toEqual({ used: 0, reserved: 0 });
  });

  it('is given back at once at the start of the only process of a database', async () => {
    const limit = await limitTo({ amount: 1000 });
    await buildGuard().guard.reserve(callOf(400));
    const next = buildGuard();
    await next.start({ isOnlyProcess: false });
    next.stop();
    expect(await countersOf(limit)).toEqual({ used: 0, reserved: 400 });
    await next.start({ isOnlyProcess: true });
    next.stop();
    expect(await countersOf(limit)).toEqual({ used: 0, reserved: 0 });
  });

  it('meets a new limit that knows what was used before it', async () => {
    const { guard } = buildGuard();
    await (await guard.reserve(callOf(400))).settle(usageOf(300));
    await limitTo({ amount: 500 });
    await expect(guard.reserve(callOf(201))).rejects.toMatchObject({ kind: 'quota_exceeded' });
    await guard.reserve(callOf(200));
  });

  it("counts a user's budget over all teams", async () => {
    const { guard } = buildGuard();
    await sql`update users set monthly_cost_budget = 500 where id = ${userId}`.execute(
      test.database.unscoped(),
    );
    const elsewhere = newId<TeamId>();
    await sql`insert into teams (id, name, tier) values (${elsewhere}, 'Other', 'free')`.execute(
      test.database.forSystem(),
    );
    const call = callOf(300);
    await (await guard.reserve(call)).settle(usageOf(300));
    const other = { ...call, payer: { ...call.payer, teamId: elsewhere } };
    await expect(guard.reserve(other)).rejects.toMatchObject({
      options: { details: { scope: 'user', window: 'month', amount: 0.0005 } },
    });
    await sql`update users set monthly_cost_budget = null where id = ${userId}`.execute(
      test.database.unscoped(),
    );
    await guard.reserve(other);
  });
});

describe('the streams of a team', () => {
  it('are as many as its tier allows, and a dead process keeps no place', async () => {
    const { guard } = buildGuard({ streamsFree: 2 });
    const dead = buildGuard({ streamsFree: 2, leaseSeconds: 0 });
    await dead.guard.reserve(callOf(0));
    const first = await guard.reserve(callOf(0));
    await guard.reserve(callOf(0));
    await expect(guard.reserve(callOf(0))).rejects.toMatchObject({
      kind: 'rate_limited',
      options: { reason: 'streams.too_many', details: { limit: 2, in_progress: 2 } },
    });
    await guard.reserve({ ...callOf(0), isStream: false });
    await first.release();
    await guard.reserve(callOf(0));
  });

  it('are one for a run, also while a dead process still holds something for it', async () => {
    const { guard } = buildGuard({ streamsFree: 1 });
    const runId = newId<RunId>();
    await guard.reserve(callOf(0, runId));
    await guard.reserve(callOf(0, runId));
    await expect(guard.reserve(callOf(0, newId<RunId>()))).rejects.toMatchObject({
      options: { reason: 'streams.too_many', details: { limit: 1, in_progress: 1 } },
    });
    await expect(guard.reserve(callOf(0))).rejects.toMatchObject({ kind: 'rate_limited' });
  });

  it('are never more when many begin at once', async () => {
    const { guard } = buildGuard({ streamsFree: 2 });
    const outcomes = await Promise.allSettled(
      Array.from({ length: 30 }, () => guard.reserve(callOf(0))),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(2);
  });
});
