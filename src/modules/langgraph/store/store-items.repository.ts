import { sql, type RawBuilder } from 'kysely';
import type { Queries } from '#platform/db/database';
import { createUserRows } from '#platform/db/user-rows';
import type { StoreItemId, TeamId, UserId } from '#shared/ids';

export type StoreItem = {
  readonly namespace: readonly string[];
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
  readonly createdAt: string;
  readonly updatedAt: string;
};

export type ItemKey = Pick<StoreItem, 'namespace' | 'key'>;

export type NewItem = ItemKey &
  Pick<StoreItem, 'value'> & {
    readonly id: StoreItemId;
    readonly teamId: TeamId;
    readonly userId: UserId;
  };

export type ItemSearch = {
  /** What their namespaces begin with. */
  readonly prefix: readonly string[];
  /** Members that their values hold. */
  readonly filter: Readonly<Record<string, unknown>>;
  readonly limit: number;
  readonly offset: number;
};

export type NamespaceSearch = {
  /** What they begin and end with; `*` stands for any name. */
  readonly prefix: readonly string[];
  readonly suffix: readonly string[];
  /** Longer ones are cut to this many names. */
  readonly maxDepth: number | undefined;
  readonly limit: number;
  readonly offset: number;
};

export type StoreItemsRepository = ReturnType<typeof createStoreItemsRepository>;

const ANY_NAME = '*';
const COLUMNS = sql`namespace, key, value, created_at as "createdAt", updated_at as "updatedAt"`;

/** Items of one user in a team; to everybody else they are not there. */
export function createStoreItemsRepository(queries: Queries) {
  const isAt = (userId: UserId, { namespace, key }: ItemKey) =>
    sql`user_id = ${userId} and namespace = ${namespace}::text[] and key = ${key}`;

  return {
    /** Takes the place of the one that is there. */
    async put(item: NewItem): Promise<void> {
      await sql`
        insert into store_items (id, team_id, user_id, namespace, key, value)
        values (${item.id}, ${item.teamId}, ${item.userId}, ${item.namespace}::text[], ${item.key},
          ${JSON.stringify(item.value)}::jsonb)
        on conflict (user_id, team_id, namespace, key)
          do update set value = excluded.value, updated_at = now()
      `.execute(queries);
    },

    async find(userId: UserId, key: ItemKey): Promise<StoreItem | undefined> {
      const { rows } = await sql<StoreItem>`
        select ${COLUMNS} from store_items where ${isAt(userId, key)}
      `.execute(queries);
      return rows[0];
    },

    async remove(userId: UserId, key: ItemKey): Promise<void> {
      await sql`delete from store_items where ${isAt(userId, key)}`.execute(queries);
    },

    /** The latest change first. */
    async search(userId: UserId, search: ItemSearch): Promise<readonly StoreItem[]> {
      const { prefix, filter, limit, offset } = search;
      const { rows } = await sql<StoreItem>`
        select ${COLUMNS} from store_items
        where user_id = ${userId} and namespace[1:${prefix.length}::integer] = ${prefix}::text[]
          and value @> ${JSON.stringify(filter)}::jsonb
        order by updated_at desc, id desc limit ${limit} offset ${offset}
      `.execute(queries);
      return rows;
    },

    async listNamespaces(
      userId: UserId,
      { prefix, suffix, maxDepth, limit, offset }: NamespaceSearch,
    ): Promise<readonly (readonly string[])[]> {
      const depth = sql`coalesce(${maxDepth ?? null}::integer, cardinality(namespace))`;
      const { rows } = await sql<Pick<StoreItem, 'namespace'>>`
        select distinct namespace[1:${depth}] as namespace from store_items
        where user_id = ${userId} ${beginsWith(prefix)} ${endsWith(suffix)}
        order by 1 limit ${limit} offset ${offset}
      `.execute(queries);
      return rows.map(({ namespace }) => namespace);
    },

    ...createUserRows(queries, 'store_items'),
  };
}

function beginsWith(names: readonly string[]): RawBuilder<unknown> {
  return matchesAll(names, (position) => sql`namespace[${position + 1}::integer]`);
}

function endsWith(names: readonly string[]): RawBuilder<unknown> {
  return matchesAll(
    names,
    (position) => sql`namespace[cardinality(namespace) - ${names.length - 1 - position}::integer]`,
  );
}

function matchesAll(
  names: readonly string[],
  nameAt: (position: number) => RawBuilder<unknown>,
): RawBuilder<unknown> {
  const conditions = names.flatMap((name, position) =>
    name === ANY_NAME ? [] : [sql`and ${nameAt(position)} = ${name}`],
  );
  return sql.join(
    [sql`and cardinality(namespace) >= ${names.length}::integer`, ...conditions],
    sql` `,
  );
}
