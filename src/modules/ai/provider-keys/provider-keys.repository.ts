import { sql } from 'kysely';
import type { Queries } from '#platform/db/database';
import type { ProviderKeyId, TeamId, UserId } from '#shared/ids';
import { pageOffset, type Page, type PageRequest } from '#shared/page';
import type { KeyedProvider } from './keyed-provider.ts';

export type ProviderKeyRecord = {
  readonly id: ProviderKeyId;
  readonly teamId: TeamId;
  readonly provider: KeyedProvider;
  readonly hint: string;
  readonly baseUrl: string | null;
  /** Null once its maker is erased. */
  readonly createdById: UserId | null;
  readonly lastUsedAt: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
};

/** The part of a key that changes with it. */
export type KeyContent = Pick<ProviderKeyRecord, 'hint' | 'baseUrl'> & {
  readonly sealedKey: string;
};

export type NewProviderKey = KeyContent &
  Pick<ProviderKeyRecord, 'id' | 'teamId' | 'provider' | 'createdById'>;

/** What a call needs of a key. */
export type SealedProviderKey = Pick<
  ProviderKeyRecord,
  'id' | 'teamId' | 'provider' | 'baseUrl'
> & { readonly sealedKey: string };

export type ProviderKeyListing = PageRequest & {
  readonly teamId: TeamId;
  readonly provider: KeyedProvider | undefined;
  readonly sort: { readonly direction: 'asc' | 'desc' };
};

const COLUMNS = [
  'id',
  'team_id as teamId',
  'provider',
  'hint',
  'base_url as baseUrl',
  'created_by_id as createdById',
  'last_used_at as lastUsedAt',
  'created_at as createdAt',
  'updated_at as updatedAt',
] as const;
const SEALED_COLUMNS = [
  'id',
  'team_id as teamId',
  'provider',
  'base_url as baseUrl',
  'sealed_key as sealedKey',
] as const;

/** Several replicas that use a key at once write its use once in this time. */
const USE_SECONDS = 60;

export type ProviderKeysRepository = ReturnType<typeof createProviderKeysRepository>;

export function createProviderKeysRepository(queries: Queries) {
  return {
    /** Undefined where the team has a key of the provider already. */
    async insert(key: NewProviderKey): Promise<ProviderKeyRecord | undefined> {
      return queries
        .insertInto('provider_keys')
        .values({
          id: key.id,
          team_id: key.teamId,
          provider: key.provider,
          sealed_key: key.sealedKey,
          hint: key.hint,
          base_url: key.baseUrl,
          created_by_id: key.createdById,
        })
        .onConflict((conflict) => conflict.doNothing())
        .returning(COLUMNS)
        .$castTo<ProviderKeyRecord>()
        .executeTakeFirst();
    },

    async find(id: ProviderKeyId): Promise<ProviderKeyRecord | undefined> {
      return queries
        .selectFrom('provider_keys')
        .select(COLUMNS)
        .where('id', '=', id)
        .$castTo<ProviderKeyRecord>()
        .executeTakeFirst();
    },

    async list(listing: ProviderKeyListing): Promise<Page<ProviderKeyRecord>> {
      const { teamId, provider, sort, page, pageSize } = listing;
      let matching = queries.selectFrom('provider_keys').where('team_id', '=', teamId);
      if (provider) matching = matching.where('provider', '=', provider);
      const { total } = await matching
        .select((row) => row.fn.countAll<number>().as('total'))
        .executeTakeFirstOrThrow();
      const items = await matching
        .select(COLUMNS)
        .orderBy('created_at', sort.direction)
        .orderBy('id', sort.direction)
        .limit(pageSize)
        .offset(pageOffset(listing))
        .$castTo<ProviderKeyRecord>()
        .execute();
      return { items, total, page, pageSize };
    },

    async replace(id: ProviderKeyId, key: KeyContent): Promise<ProviderKeyRecord | undefined> {
      const { sealedKey, hint, baseUrl } = key;
      return queries
        .updateTable('provider_keys')
        .set({ sealed_key: sealedKey, hint, base_url: baseUrl, updated_at: sql`now()` })
        .where('id', '=', id)
        .returning(COLUMNS)
        .$castTo<ProviderKeyRecord>()
        .executeTakeFirst();
    },

    async remove(id: ProviderKeyId): Promise<void> {
      await queries.deleteFrom('provider_keys').where('id', '=', id).execute();
    },

    async listSealed(teamId: TeamId): Promise<readonly SealedProviderKey[]> {
      return queries
        .selectFrom('provider_keys')
        .select(SEALED_COLUMNS)
        .where('team_id', '=', teamId)
        .$castTo<SealedProviderKey>()
        .execute();
    },

    async markUsed(id: ProviderKeyId): Promise<void> {
      await sql`
        update provider_keys set last_used_at = now()
        where id = ${id} and (last_used_at is null
          or last_used_at < now() - make_interval(secs => ${USE_SECONDS}))`.execute(queries);
    },

    /** Needs the system scope. */
    async countOfTeams(teamIds: readonly TeamId[]): Promise<number> {
      const { total } = await queries
        .selectFrom('provider_keys')
        .select((row) => row.fn.countAll<number>().as('total'))
        .where('team_id', '=', sql<string>`any(${teamIds}::uuid[])`)
        .executeTakeFirstOrThrow();
      return total;
    },

    /** Needs the system scope. A team has few. */
    async removeOfTeams(teamIds: readonly TeamId[]): Promise<void> {
      await queries
        .deleteFrom('provider_keys')
        .where('team_id', '=', sql<string>`any(${teamIds}::uuid[])`)
        .execute();
    },
  };
}
