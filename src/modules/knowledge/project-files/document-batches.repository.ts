import { sql } from 'kysely';
import type { Queries } from '#platform/db/database';
import type { DocumentBatchId, DocumentId, FileId, ProjectId, TeamId } from '#shared/ids';
import { CANCELLED } from '../ingestion/ingestion-failure.ts';

export type NewDocumentBatch = {
  readonly id: DocumentBatchId;
  readonly teamId: TeamId;
  readonly projectId: ProjectId;
};

export type DocumentBatchRecord = NewDocumentBatch & {
  readonly isCancelled: boolean;
  readonly createdAt: string;
};

export type BatchFile = {
  readonly fileId: FileId;
  readonly documentId: DocumentId | null;
  readonly errorReason: string | null;
  readonly error: string | null;
};

const COLUMNS = [
  'id',
  'team_id as teamId',
  'project_id as projectId',
  'is_cancelled as isCancelled',
  'created_at as createdAt',
] as const;

export type DocumentBatchesRepository = ReturnType<typeof createDocumentBatchesRepository>;

export function createDocumentBatchesRepository(queries: Queries) {
  return {
    async insert(
      { id, teamId, projectId }: NewDocumentBatch,
      files: readonly BatchFile[],
    ): Promise<DocumentBatchRecord> {
      const batch = await queries
        .insertInto('document_batches')
        .values({ id, team_id: teamId, project_id: projectId })
        .returning(COLUMNS)
        .$castTo<DocumentBatchRecord>()
        .executeTakeFirstOrThrow();
      await queries
        .insertInto('document_batch_files')
        .values(
          files.map((file) => ({
            batch_id: id,
            team_id: teamId,
            file_id: file.fileId,
            document_id: file.documentId,
            error_reason: file.errorReason,
            error: file.error,
          })),
        )
        .execute();
      return batch;
    },

    async find(
      projectId: ProjectId,
      id: DocumentBatchId,
    ): Promise<DocumentBatchRecord | undefined> {
      return queries
        .selectFrom('document_batches')
        .select(COLUMNS)
        .where('id', '=', id)
        .where('project_id', '=', projectId)
        .$castTo<DocumentBatchRecord>()
        .executeTakeFirst();
    },

    /** Fails the documents of a batch that are not searchable yet, and says which. */
    async cancel(id: DocumentBatchId): Promise<readonly DocumentId[]> {
      await queries
        .updateTable('document_batches')
        .set({ is_cancelled: true, updated_at: sql`now()` })
        .where('id', '=', id)
        .execute();
      const { rows } = await sql<{ readonly id: DocumentId }>`
        update documents set status = 'failed', error_reason = ${CANCELLED.reason}, error = 'The batch was cancelled',
          updated_at = now()
        where id in (select document_id from document_batch_files where batch_id = ${id})
          and status in ('pending', 'processing') and deleted_at is null
        returning id
      `.execute(queries);
      return rows.map((row) => row.id);
    },
  };
}
