import type { Queries } from '#platform/db/database';
import type { UserId } from '#shared/ids';

export type OwnFilesRepository = ReturnType<typeof createOwnFilesRepository>;

export function createOwnFilesRepository(queries: Queries) {
  return {
    list: (
      userId: UserId,
      { afterId, limit }: { readonly afterId: string; readonly limit: number },
    ) =>
      queries
        .selectFrom('files')
        .select(['id', 'team_id', 'name', 'mime_type', 'bytes', 'sha256', 'purpose', 'storage_key'])
        .select(['created_at', 'updated_at', 'deleted_at', 'expires_at'])
        .where('owner_id', '=', userId)
        .where('id', '>', afterId)
        .orderBy('id')
        .limit(limit)
        .execute(),
  };
}
