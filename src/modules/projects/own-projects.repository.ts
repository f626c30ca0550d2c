import type { Queries } from '#platform/db/database';
import type { UserId } from '#shared/ids';

export type OwnProjectsRepository = ReturnType<typeof createOwnProjectsRepository>;

export function createOwnProjectsRepository(queries: Queries) {
  return {
    list: (
      userId: UserId,
      { afterId, limit }: { readonly afterId: string; readonly limit: number },
    ) =>
      queries
        .selectFrom('projects')
        .select(['id', 'team_id', 'name', 'description', 'created_at', 'updated_at', 'deleted_at'])
        .where('owner_id', '=', userId)
        .where('id', '>', afterId)
        .orderBy('id')
        .limit(limit)
        .execute(),
  };
}
