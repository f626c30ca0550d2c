import { sql } from 'kysely';
import type { Queries } from '#platform/db/database';
import type { DocumentId, FileId, ProjectId, TeamId } from '#shared/ids';
import type { DocumentMimeType } from '../parsing/document-mime-type.ts';

/** What an ingestion knows of its document. */
export type Ingestion = {
  readonly documentId: DocumentId;
  readonly teamId: TeamId;
  readonly projectId: ProjectId;
  readonly fileId: FileId;
  readonly title: string;
  readonly mimeType: DocumentMimeType;
  readonly bytes: number;
};

export type IngestionFailure = { readonly reason: string; readonly message: string };

export type StaleIngestion = {
  readonly documentId: DocumentId;
  readonly teamId: TeamId;
  readonly attempts: number;
};

const UNFINISHED = ['pending', 'processing'] as const;

export type IngestionsRepository = ReturnType<typeof createIngestionsRepository>;

/** The states of documents as their ingestion moves them. */
export function createIngestionsRepository(queries: Queries) {
  return {
    /** Locks a document that is still to be ingested and counts the start; undefined when there is nothing to do. */
    async start(id: DocumentId): Promise<Ingestion | undefined> {
      return queries
        .updateTable('documents')
        .set({
          status: 'processing',
          attempts: sql`attempts + 1`,
          progress: 0,
          updated_at: sql`now()`,
        })
        .where('id', '=', id)
        .where('deleted_at', 'is', null)
        .where('status', 'in', UNFINISHED)
        .returning([
          'id as documentId',
          'team_id as teamId',
          'project_id as projectId',
          'file_id as fileId',
          'title',
          'mime_type as mimeType',
          'bytes',
        ])
        .$castTo<Ingestion>()
        .executeTakeFirst();
    },

    async report(id: DocumentId, progress: number): Promise<void> {
      await queries
        .updateTable('documents')
        .set({ progress, updated_at: sql`now()` })
        .where('id', '=', id)
        .where('status', '=', 'processing')
        .execute();
    },

    /** Locks the document's row; false for one that was deleted meanwhile. */
    async lock(id: DocumentId): Promise<boolean> {
      const row = await queries
        .selectFrom('documents')
        .select('id')
        .where('id', '=', id)
        .where('deleted_at', 'is', null)
        .forUpdate()
        .executeTakeFirst();
      return row !== undefined;
    },

    async finish(
      id: DocumentId,
      counts: { readonly pageCount: number | null; readonly chunkCount: number },
    ): Promise<void> {
      await queries
        .updateTable('documents')
        .set({
          status: 'ready',
          progress: 1,
          page_count: counts.pageCount,
          chunk_count: counts.chunkCount,
          updated_at: sql`now()`,
        })
        .where('id', '=', id)
        .execute();
    },

    /** False where the ingestion was not under way. */
    async fail(id: DocumentId, { reason, message }: IngestionFailure): Promise<boolean> {
      const result = await queries
        .updateTable('documents')
        .set({ status: 'failed', error_reason: reason, error: message, updated_at: sql`now()` })
        .where('id', '=', id)
        .where('status', 'in', UNFINISHED)
        .where('deleted_at', 'is', null)
        .executeTakeFirst();
      return result.numUpdatedRows > 0n;
    },

    /** Documents whose ingestion has given no sign of life for so long that its job must have died. */
    async listStale(limits: {
      readonly processingSeconds: number;
      readonly pendingSeconds: number;
      readonly limit: number;
    }): Promise<readonly StaleIngestion[]> {
      return queries
        .selectFrom('documents')
        .select(['id as documentId', 'team_id as teamId', 'attempts'])
        .where('deleted_at', 'is', null)
        .where((row) =>
          row.or([
            row.and([
              row('status', '=', 'processing'),
              row('updated_at', '<', secondsAgo(limits.processingSeconds)),
            ]),
            row.and([
              row('status', '=', 'pending'),
              row('updated_at', '<', secondsAgo(limits.pendingSeconds)),
            ]),
          ]),
        )
        .orderBy('updated_at')
        .limit(limits.limit)
        .$castTo<StaleIngestion>()
        .execute();
    },

    /** Puts an unfinished document back in line; false for one that has finished meanwhile. */
    async requeue(id: DocumentId): Promise<boolean> {
      const result = await queries
        .updateTable('documents')
        .set({ status: 'pending', updated_at: sql`now()` })
        .where('id', '=', id)
        .where('status', 'in', UNFINISHED)
        .where('deleted_at', 'is', null)
        .executeTakeFirst();
      return result.numUpdatedRows > 0n;
    },
  };
}

function secondsAgo(seconds: number) {
  return sql<string>`now() - make_interval(secs => ${seconds})`;
}
