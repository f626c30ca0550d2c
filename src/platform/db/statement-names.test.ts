import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { createMetrics } from '#platform/telemetry/metrics';
import { createQueries, oneByOne } from './queries.ts';
import { createStatementNames } from './statement-names.ts';

const queries = createQueries((work) => work(oneByOne(async () => ({ rows: [] }))));
const byId = (id: string) =>
  queries.selectFrom('users').select('id').where('id', '=', id).compile();

describe('a statement', () => {
  it('has one name for one text, whatever its values', () => {
    const statementOf = createStatementNames(createMetrics());
    const elsewhere = createStatementNames(createMetrics());
    expect(statementOf(byId('a')).name).toBe(statementOf(byId('b')).name);
    expect(statementOf(byId('a')).name).toBe(elsewhere(byId('a')).name);
    expect(statementOf(byId('a')).name).not.toBe(
      statementOf(queries.selectFrom('users').select('email').compile()).name,
    );
  });

  it.each([
    ['select', 'users', () => byId('a')],
    ['select', 'users', () => queries.selectFrom('users as u').select('u.id').compile()],
    ['insert', 'teams', () => queries.insertInto('teams').values({ id: 'a', name: '' }).compile()],
    ['update', 'teams', () => queries.updateTable('teams').set({ name: '' }).compile()],
    ['delete', 'teams', () => queries.deleteFrom('teams').compile()],
    ['other', 'none', () => sql`select 1`.compile(queries)],
  ] as const)('is counted as %s of %s', async (operation, table, query) => {
    const metrics = createMetrics();
    createStatementNames(metrics)(query()).observe(0.001);
    const { values } = await metrics.dbQueriesTotal.get();
    expect(values).toEqual([{ labels: { operation, table }, value: 1 }]);
  });
});
