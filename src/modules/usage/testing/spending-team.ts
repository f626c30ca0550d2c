import { sql } from 'kysely';
import type { SpendCall, SpentUsage } from '#modules/ai';
import { newId, type RunId, type SessionId, type TeamId, type UserId } from '#shared/ids';
import type { TestDatabase } from '#test/database';
import { silentLogger } from '#test/silent-logger';
import { createSpendGuard } from '../spending/spend-guard.service.ts';
import { createSpendingRepository } from '../spending/spending.repository.ts';

export type SpendingTeam = Awaited<ReturnType<typeof createSpendingTeam>>;

type Limit = {
  readonly scope?: string;
  readonly window?: string;
  readonly unit?: string;
  readonly amount: number;
};

/** A team of one, whose calls can be limited and counted. */
export async function createSpendingTeam({ database }: TestDatabase) {
  const [teamId, userId] = [newId<TeamId>(), newId<UserId>()];
  await sql`insert into users (id, email, password_hash, role) values (${userId}, ${`${userId}@example.com`}, 'x', 'user')`.execute(
    database.unscoped(),
  );
  await sql`insert into teams (id, name, tier, personal_user_id) values (${teamId}, 'T', 'free', ${userId})`.execute(
    database.forSystem(),
  );

  return {
    teamId,
    userId,

    buildGuard({ streamsFree = 1000, leaseSeconds = 60 } = {}) {
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
    },

    callOf: (costMicros: number, runId?: RunId): SpendCall => ({
      payer: { teamId, userId, runId },
      provider: 'p',
      model: 'm',
      isStream: true,
      estimate: { tokens: 10, costMicros },
    }),

    async limitTo({ scope = 'team', window = 'month', unit = 'cost', amount }: Limit) {
      const id = newId<string>();
      await database
        .forTeam(teamId)
        .insertInto('spend_limits')
        .values({ id, team_id: teamId, scope, window, unit, amount })
        .execute();
      return id;
    },

    async countersOf(limitId: string) {
      const { used, reserved } = await database
        .forSystem()
        .selectFrom('spend_counters')
        .select(['used', 'reserved'])
        .where('limit_id', '=', limitId)
        .executeTakeFirstOrThrow();
      return { used: Number(used), reserved: Number(reserved) };
    },

    async beginRun(): Promise<RunId> {
      const [id, sessionId] = [newId<RunId>(), newId<SessionId>()];
      const scoped = database.forTeam(teamId);
      await sql`insert into sessions (id, team_id, user_id) values (${sessionId}, ${teamId}, ${userId})`.execute(
        scoped,
      );
      await sql`insert into runs (id, team_id, user_id, session_id, status, model, trace_id, lease_until)
        values (${id}, ${teamId}, ${userId}, ${sessionId}, 'running', 'm', 't', now())`.execute(
        scoped,
      );
      return id;
    },
  };
}

export function usageOf(costMicros: number): SpentUsage {
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
