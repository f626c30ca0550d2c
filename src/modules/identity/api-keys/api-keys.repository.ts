import { sql } from 'kysely';
import { compileOnce } from '#platform/db/compile-once';
import type { Queries } from '#platform/db/database';
import type { ApiKeyScope, Tier } from '#shared/actor';
import type { ApiKeyId, TeamId, UserId } from '#shared/ids';
import { pageOffset, type Page, type PageRequest } from '#shared/page';

/** A personal key acts as its user; that of a team as nobody in particular. */
export type ApiKeyKind = 'personal' | 'team';

export type ApiKeyRecord = {
  readonly id: ApiKeyId;
  readonly teamId: TeamId;
  readonly userId: UserId;
  /** Null once its maker is erased. */
  readonly createdById: UserId | null;
  readonly kind: ApiKeyKind;
  readonly name: string;
  readonly prefix: string;
  readonly scopes: readonly ApiKeyScope[];
  readonly expiresAt: string | null;
  readonly lastUsedAt: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
};

export type NewApiKey = Omit<
  ApiKeyRecord,
  'expiresAt' | 'lastUsedAt' | 'createdAt' | 'updatedAt'
> & { readonly hash: Buffer; readonly expiresAt: Date | null };

/** What a request signed by a key needs to know of it. */
export type ApiKeyGrant = Pick<
  ApiKeyRecord,
  'id' | 'teamId' | 'userId' | 'kind' | 'scopes' | 'expiresAt'
> & { readonly tier: Tier };

/** Of whom keys are seen: of everybody without a user. */
export type ApiKeyOwner = { readonly teamId: TeamId; readonly userId: UserId | undefined };

export type ApiKeyListing = PageRequest & {
  readonly kind: ApiKeyKind | undefined;
  /** The beginning of the key. */
  readonly prefix: string | undefined;
  readonly sort: {
    readonly column: 'created_at' | 'name' | 'last_used_at';
    readonly direction: 'asc' | 'desc';
  };
};

export type ApiKeyUse = { readonly id: ApiKeyId; readonly at: Date };

const COLUMNS = [
  'id',
  'team_id as teamId',
  'user_id as userId',
  'created_by_id as createdById',
  'kind',
  'name',
  'prefix',
  'scopes',
  'expires_at as expiresAt',
  'last_used_at as lastUsedAt',
  'created_at as createdAt',
  'updated_at as updatedAt',
] as const;

const findGrant = compileOnce<{ readonly hash: Buffer }, ApiKeyGrant>((queries, valueOf) =>
  queries
    .selectFrom('api_keys')
    .innerJoin('teams', 'teams.id', 'api_keys.team_id')
    .select([
      'api_keys.id',
      'api_keys.team_id as teamId',
      'api_keys.user_id as userId',
      'api_keys.kind',
      'api_keys.scopes',
      'api_keys.expires_at as expiresAt',
      'teams.tier',
    ])
    .where('api_keys.hash', '=', valueOf('hash'))
    .where('teams.deleted_at', 'is', null)
    .$castTo<ApiKeyGrant>(),
);

export type ApiKeysRepository = ReturnType<typeof createApiKeysRepository>;

export function createApiKeysRepository(queries: Queries) {
  const keysOf = ({ teamId, userId }: ApiKeyOwner) => {
    const keys = queries.selectFrom('api_keys').where('team_id', '=', teamId);
    return userId ? keys.where('user_id', '=', userId) : keys;
  };

  return {
    async insert(apiKey: NewApiKey): Promise<ApiKeyRecord> {
      return queries
        .insertInto('api_keys')
        .values({
          id: apiKey.id,
          team_id: apiKey.teamId,
          user_id: apiKey.userId,
          created_by_id: apiKey.createdById,
          kind: apiKey.kind,
          name: apiKey.name,
          prefix: apiKey.prefix,
          hash: apiKey.hash,
          scopes: [...apiKey.scopes],
          expires_at: apiKey.expiresAt?.toISOString() ?? null,
        })
        .returning(COLUMNS)
        .$castTo<ApiKeyRecord>()
        .executeTakeFirstOrThrow();
    },

    /** Needs the system scope: the key alone tells the team. */
    async findGrant(hash: Buffer): Promise<ApiKeyGrant | undefined> {
      const [grant] = await findGrant(queries, { hash });
      return grant;
    },

    /** Whether the key is still there. Needs the system scope. */
    async exists(id: ApiKeyId): Promise<boolean> {
      const found = await queries
        .selectFrom('api_keys')
        .innerJoin('teams', 'teams.id', 'api_keys.team_id')
        .select('api_keys.id')
        .where('api_keys.id', '=', id)
        .where('teams.deleted_at', 'is', null)
        .executeTakeFirst();
      return found !== undefined;
    },

    async find(owner: ApiKeyOwner, id: ApiKeyId): Promise<ApiKeyRecord | undefined> {
      return keysOf(owner)
        .select(COLUMNS)
        .where('id', '=', id)
        .$castTo<ApiKeyRecord>()
        .executeTakeFirst();
    },

    async count(owner: ApiKeyOwner): Promise<number> {
      const { total } = await keysOf(owner)
        .select((row) => row.fn.countAll<number>().as('total'))
        .executeTakeFirstOrThrow();
      return total;
    },

    async list(owner: ApiKeyOwner, listing: ApiKeyListing): Promise<Page<ApiKeyRecord>> {
      const { kind, prefix, sort } = listing;
      let matching = keysOf(owner);
      if (kind) matching = matching.where('kind', '=', kind);
      if (prefix)
        matching = matching.where((row) => row.fn('starts_with', ['prefix', row.val(prefix)]));
      const { total } = await matching
        .select((row) => row.fn.countAll<number>().as('total'))
        .executeTakeFirstOrThrow();
      const items = await matching
        .select(COLUMNS)
        .orderBy(sort.column, (order) =>
          sort.direction === 'asc' ? order.asc().nullsFirst() : order.desc().nullsLast(),
        )
        .orderBy('id', sort.direction)
        .limit(listing.pageSize)
        .offset(pageOffset(listing))
        .$castTo<ApiKeyRecord>()
        .execute();
      return { items, total, page: listing.page, pageSize: listing.pageSize };
    },

    async rename(id: ApiKeyId, name: string): Promise<ApiKeyRecord | undefined> {
      return queries
        .updateTable('api_keys')
        .set({ name, updated_at: sql`now()` })
        .where('id', '=', id)
        .returning(COLUMNS)
        .$castTo<ApiKeyRecord>()
        .executeTakeFirst();
    },

    /** The hash of what was removed, or undefined where it is gone already. */
    async remove(id: ApiKeyId): Promise<Buffer | undefined> {
      const removed = await queries
        .deleteFrom('api_keys')
        .where('id', '=', id)
        .returning('hash')
        .executeTakeFirst();
      return removed?.hash;
    },

    /** Needs the system scope; a time that is older than the one known changes nothing. */
    async markUsed(uses: readonly ApiKeyUse[], minimumSeconds: number): Promise<void> {
      const ids = uses.map(({ id }) => id);
      const times = uses.map(({ at }) => at.toISOString());
      await sql`
        update api_keys set last_used_at = used.at
        from unnest(${ids}::uuid[], ${times}::timestamptz[]) as used (id, at)
        where api_keys.id = used.id and (api_keys.last_used_at is null
          or api_keys.last_used_at <= used.at - make_interval(secs => ${minimumSeconds}))
      `.execute(queries);
    },
  };
}
