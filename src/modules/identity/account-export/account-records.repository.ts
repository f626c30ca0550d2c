import { sql } from 'kysely';
import type { Queries } from '#platform/db/database';
import { FIRST_ID } from '#platform/db/read-pages';
import type { UserId } from '#shared/ids';

type Page = { readonly afterId: string; readonly limit: number };
type AccountRecord = { readonly id: string };

export type AccountRecordsRepository = ReturnType<typeof createAccountRecordsRepository>;

/** What an account consists of, as its owner may see it. Needs the system scope: memberships are of many teams. */
export function createAccountRecordsRepository(queries: Queries) {
  return {
    listUser: (userId: UserId, page: Page) =>
      queries
        .selectFrom('users')
        .select(['id', 'email', 'username', 'first_name', 'last_name', 'role', 'is_active'])
        .select(['email_verified_at', 'created_at', 'updated_at'])
        .where('id', '=', userId)
        .where('id', '>', page.afterId)
        .execute(),

    listTeams: (userId: UserId, page: Page) =>
      queries
        .selectFrom('team_members')
        .innerJoin('teams', 'teams.id', 'team_members.team_id')
        .select(['teams.id', 'teams.name', 'teams.tier', 'team_members.role'])
        .select(['team_members.created_at as joined_at'])
        .where('team_members.user_id', '=', userId)
        .where('teams.id', '>', page.afterId)
        .orderBy('teams.id')
        .limit(page.limit)
        .execute(),

    listIdentities: (userId: UserId, page: Page) =>
      queries
        .selectFrom('identities')
        .select(['id', 'issuer', 'subject', 'claims', 'created_at', 'updated_at'])
        .where('user_id', '=', userId)
        .where('id', '>', page.afterId)
        .orderBy('id')
        .limit(page.limit)
        .execute(),

    /** Those that act as the user, and those that they made for a team. */
    listApiKeys: (userId: UserId, page: Page) =>
      queries
        .selectFrom('api_keys')
        .select(['id', 'team_id', 'kind', 'name', 'prefix', 'scopes', 'expires_at'])
        .select(['last_used_at', 'created_at'])
        .where((key) => key.or([key('user_id', '=', userId), key('created_by_id', '=', userId)]))
        .where('id', '>', page.afterId)
        .orderBy('id')
        .limit(page.limit)
        .execute(),

    listInvitations: (userId: UserId, page: Page) =>
      queries
        .selectFrom('invitations')
        .select(['id', 'team_id', 'email', 'role', 'created_at', 'expires_at'])
        .where('invited_by_id', '=', userId)
        .where('id', '>', page.afterId)
        .orderBy('id')
        .limit(page.limit)
        .execute(),

    /** Without those that an administrator opened: where they came from is not the user's. */
    listAuthSessions: (userId: UserId, page: Page) =>
      queries
        .selectFrom('auth_sessions')
        .select(['id', 'ip', 'user_agent', 'created_at', 'expires_at', 'revoked_at'])
        .select('revoked_reason')
        .where('user_id', '=', userId)
        .where('impersonator_id', 'is', null)
        .where('id', '>', page.afterId)
        .orderBy('id')
        .limit(page.limit)
        .execute(),

    /** What the user did in person, latest first. */
    listActivity: (userId: UserId, { afterId, limit }: Page): Promise<AccountRecord[]> =>
      queries
        .selectFrom('audit_log')
        .select(['id', 'action', 'outcome', 'target_type', 'target_id', 'ip', 'created_at'])
        .where('actor_id', '=', userId)
        .where('impersonator_id', 'is', null)
        .$if(afterId !== FIRST_ID, (query) =>
          query.where(
            sql<boolean>`(created_at, id) < (select created_at, id from audit_log where id = ${afterId}::uuid)`,
          ),
        )
        .orderBy('created_at', 'desc')
        .orderBy('id', 'desc')
        .limit(limit)
        .execute(),
  };
}
