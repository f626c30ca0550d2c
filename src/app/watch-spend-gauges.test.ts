import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadConfig } from '#platform/config/config';
import { createMetrics } from '#platform/telemetry/metrics';
import { newId } from '#shared/ids';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { silentLogger } from '#test/silent-logger';
import { watchSpendGauges } from './watch-spend-gauges.ts';

const SECRET = 'x'.repeat(40);

let test: TestDatabase;
beforeAll(async () => {
  test = await createTestDatabase();
});
afterAll(() => test.close());

it('shows what users cost this month, how many cost too much, and how full the fullest limit is', async () => {
  await useUp({ tier: 'free', costMicros: 3_000_000, budgetMicros: 4_000_000 });
  await useUp({ tier: 'free', costMicros: 1_000_000 });
  await useUp({ tier: 'pro', costMicros: 2_600_000, currency: 'USD' });
  const metrics = createMetrics();
  const config = loadConfig({ APP_ENV: 'test', JWT_SECRET_KEY: SECRET, ENCRYPTION_KEY: SECRET });
  const { database } = test;
  const watched = watchSpendGauges({ config, database, metrics, logger: silentLogger });
  await watched.refresh();
  watched.stop();

  const valuesOf = async (name: string) => {
    const text = await metrics.registry.getSingleMetricAsString(name);
    return text.split('\n').filter((line) => !line.startsWith('#'));
  };
  expect(await valuesOf('user_cost_month')).toEqual([
    'user_cost_month{tier="free",quantile="0.5"} 1',
    'user_cost_month{tier="free",quantile="0.9"} 3',
    'user_cost_month{tier="free",quantile="0.99"} 3',
  ]);
  expect(await valuesOf('user_cost_month_max')).toEqual(['user_cost_month_max 3']);
  expect(await valuesOf('users_over_cost_alert')).toEqual(['users_over_cost_alert 1']);
  expect(await valuesOf('budget_used_ratio_max')).toEqual(['budget_used_ratio_max 0.75']);
  expect(await valuesOf('cost_alert_per_user')).toEqual(['cost_alert_per_user 2.5']);
  expect(await valuesOf('cost_target_per_user')).toEqual(['cost_target_per_user 2']);
});

type Use = {
  readonly tier: string;
  readonly costMicros: number;
  readonly currency?: string;
  readonly budgetMicros?: number;
};

async function useUp({ tier, costMicros, currency = 'EUR', budgetMicros }: Use): Promise<void> {
  const [userId, teamId] = [newId<string>(), newId<string>()];
  const queries = test.database.forSystem();
  const email = `${userId}@example.com`;
  await queries.insertInto('users').values({ id: userId, email, role: 'user' }).execute();
  const team = { id: teamId, name: 'T', tier, personal_user_id: userId };
  await queries.insertInto('teams').values(team).execute();
  if (budgetMicros !== undefined) {
    await queries
      .updateTable('users')
      .set({ monthly_cost_budget: budgetMicros })
      .where('id', '=', userId)
      .execute();
  }
  await queries
    .insertInto('usage_records')
    .values({
      id: newId<string>(),
      team_id: teamId,
      user_id: userId,
      metric: 'ai_tokens',
      amount: 1,
      call_id: newId<string>(),
      cost_micros: costMicros,
      currency,
    })
    .execute();
}
