import { sql } from 'kysely';
import type { Queries } from '#platform/db/database';
import type { ModelId, TeamId } from '#shared/ids';
import type { ModelOverlay } from './overlay-models.ts';

export type ModelRecord = ModelOverlay & { readonly createdAt: string; readonly updatedAt: string };

/** Undefined leaves a member as it is. */
export type ModelChanges = {
  readonly [
    Member in
      | 'description'
      | 'isEnabled'
      | 'contextTokens'
      | 'complexity'
      | 'abilities'
      | 'promptPriceMicros'
      | 'cachedPriceMicros'
      | 'completionPriceMicros'
      | 'base'
      | 'trafficShare'
  ]?: ModelOverlay[Member] | undefined;
};

/** `models` are everybody's, and need no scope; `team_models` are those of the team in scope. */
export type ModelTable = 'models' | 'team_models';

export type ModelsRepository = ReturnType<typeof createModelsRepository>;

const COLUMNS = sql`id, provider, name, source, enabled as "isEnabled", description,
  context_tokens as "contextTokens", complexity, abilities,
  prompt_price_micros as "promptPriceMicros", cached_price_micros as "cachedPriceMicros",
  completion_price_micros as "completionPriceMicros", base, traffic_share as "trafficShare",
  created_at as "createdAt", updated_at as "updatedAt"`;

export function createModelsRepository(queries: Queries, name: ModelTable) {
  const table = sql.table(name);
  const team = name === 'models' ? sql`null::uuid` : sql`team_id`;
  const columns = sql`${COLUMNS}, ${team} as "teamId"`;

  async function findOne(condition: ReturnType<typeof sql>): Promise<ModelRecord | undefined> {
    const { rows } = await sql<ModelRecord>`
      select ${columns} from ${table} where ${condition}`.execute(queries);
    return rows[0];
  }

  return {
    /** Undefined where there is a row of that name. */
    async insert(model: ModelOverlay): Promise<ModelRecord | undefined> {
      const { id, provider, name: modelName, source, isEnabled, teamId } = model;
      const owner = name === 'models' ? [] : [sql`team_id`];
      const { rows } = await sql<ModelRecord>`
        insert into ${table} (${sql.join([
          sql`id, provider, name, source, enabled, description,
          context_tokens, complexity, abilities, prompt_price_micros, cached_price_micros,
          completion_price_micros, base, traffic_share`,
          ...owner,
        ])})
        values (${sql.join([id, provider, modelName, source, isEnabled, model.description])},
          ${sql.join([model.contextTokens, model.complexity, model.abilities])},
          ${sql.join([model.promptPriceMicros, model.cachedPriceMicros, model.completionPriceMicros])},
          ${sql.join([model.base, model.trafficShare, ...(owner.length > 0 ? [teamId] : [])])})
        on conflict do nothing
        returning ${columns}`.execute(queries);
      return rows[0];
    },

    find: (id: ModelId) => findOne(sql`id = ${id}`),

    lock: (id: ModelId) => findOne(sql`id = ${id} for update`),

    /** Everybody's, or the team's; there are at most as many as the service lets in. */
    async list(): Promise<readonly ModelRecord[]> {
      const { rows } = await sql<ModelRecord>`
        select ${columns} from ${table} order by provider, name`.execute(queries);
      return rows;
    },

    async update(id: ModelId, changes: ModelChanges): Promise<ModelRecord | undefined> {
      const set = changedColumns(changes);
      const { rows } = await sql<ModelRecord>`
        update ${table} set ${sql.join([...set, sql`updated_at = now()`])}
        where id = ${id} returning ${columns}`.execute(queries);
      return rows[0];
    },

    async delete(id: ModelId): Promise<void> {
      await sql`delete from ${table} where id = ${id}`.execute(queries);
    },

    /** Of `team_models`, by the system scope. */
    async countOfTeams(teamIds: readonly TeamId[]): Promise<number> {
      const { rows } = await sql<{ readonly count: number }>`
        select count(*)::int as count from ${table}
        where team_id = any(${teamIds}::uuid[])`.execute(queries);
      return rows[0]?.count ?? 0;
    },

    /** Of `team_models`, by the system scope. */
    async removeOfTeams(teamIds: readonly TeamId[]): Promise<void> {
      await sql`delete from ${table} where team_id = any(${teamIds}::uuid[])`.execute(queries);
    },

    /** Whether there is such a team; needs its scope. */
    async hasTeam(teamId: TeamId): Promise<boolean> {
      const found = await queries
        .selectFrom('teams')
        .select('id')
        .where('id', '=', teamId)
        .executeTakeFirst();
      return found !== undefined;
    },
  };
}

function changedColumns(changes: ModelChanges) {
  const columns = {
    description: changes.description,
    enabled: changes.isEnabled,
    context_tokens: changes.contextTokens,
    complexity: changes.complexity,
    abilities: changes.abilities,
    prompt_price_micros: changes.promptPriceMicros,
    cached_price_micros: changes.cachedPriceMicros,
    completion_price_micros: changes.completionPriceMicros,
    base: changes.base,
    traffic_share: changes.trafficShare,
  };
  return Object.entries(columns).flatMap(([column, value]) =>
    value === undefined ? [] : [sql`${sql.ref(column)} = ${value}`],
  );
}
