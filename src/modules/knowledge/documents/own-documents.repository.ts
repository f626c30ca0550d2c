import type { Queries } from '#platform/db/database';
import type { UserId } from '#shared/ids';

export type OwnDocumentsRepository = ReturnType<typeof createOwnDocumentsRepository>;

/** Documents by who uploaded them, which their files tell. */
export function createOwnDocumentsRepository(queries: Queries) {
  return {
    list: (
      userId: UserId,
      { afterId, limit }: { readonly afterId: string; readonly limit: number },
    ) =>
      queries
        .selectFrom('documents')
        .innerJoin('files', 'files.id', 'documents.file_id')
        .select(['documents.id', 'documents.team_id', 'documents.project_id', 'documents.file_id'])
        .select(['documents.title', 'documents.mime_type', 'documents.bytes', 'documents.sha256'])
        .select(['documents.status', 'documents.error', 'documents.page_count'])
        .select(['documents.created_at', 'documents.updated_at', 'documents.deleted_at'])
        .where('files.owner_id', '=', userId)
        .where('documents.id', '>', afterId)
        .orderBy('documents.id')
        .limit(limit)
        .execute(),
  };
}
