import { sql } from 'kysely';
import type { Queries } from '#platform/db/database';
import type { DocumentId, FileId, ProjectId, TeamId } from '#shared/ids';
import type { DocumentMimeType } from '../parsing/document-mime-type.ts';
import type { IngestionStage } from './ingestion-stage.ts';

/** What an ingestion knows of its document. */
export type Ingestion = {
  readonly documentId: DocumentId;
  readonly teamId: TeamId;
  readonly projectId: ProjectId;
  readonly fileId: FileId;
  readonly title: string;
  readonly mimeType: DocumentMimeType;
  readonly bytes: number;
  /** Where the run before stopped. */
  readonly stage: IngestionStage;
  /** Tries since the ingestion last got on, this one included. */
  readonly attempts: number;
  readonly progress: number;
  /** Nobody waits for it: the service asked for a new index by itself. */
  readonly isBackground: boolean;
};

export type IngestionFailure = { readonly reason: string; readonly message: string };

export type StaleIngestion = Pick<Ingestion, 'documentId' | 'teamId' | 'isBackground'>;

/** Where a document is in its ingestion: a run that gets on has all its tries again. */
export type StageChange = { readonly stage: IngestionStage; readonly isAdvance: boolean };

export type Postponement = IngestionFailure & {
  readonly stage: IngestionStage;
  readonly attempts: number;
  readonly retrySeconds: number;
};

const UNFINISHED = ['pending', 'processing'] as const;

export type IngestionsRepository = ReturnType<typeof createIngestionsRepository>;

/** The states of documents as their ingestion moves them. */
export function createIngestionsRepository(queries: Queries) {
  const living = (id: DocumentId) =>
    queries.updateTable('documents').where('id', '=', id).where('deleted_at', 'is', null);
  const unfinished = (id: DocumentId) => living(id).where('status', 'in', UNFINISHED);

  return {
    /**
     * Locks a document that is still to be ingested and counts the start; undefined when there is nothing to do.
     * One that failed is only begun anew where somebody asked for that.
     */
    async start(id: DocumentId, mayHaveFailed: boolean): Promise<Ingestion | undefined> {
      return living(id)
        .set({
          status: 'processing',
          stage: sql`coalesce(stage, 'fetch')`,
          attempts: sql`case status when 'failed' then 1 else attempts + 1 end`,
          retry_at: null,
          updated_at: sql`now()`,
        })
        .where('status', 'in', mayHaveFailed ? [...UNFINISHED, 'failed'] : UNFINISHED)
        .returning(['id as documentId', 'team_id as teamId', 'project_id as projectId'])
        .returning(['file_id as fileId', 'title', 'mime_type as mimeType', 'bytes'])
        .returning(['stage', 'attempts', 'progress'])
        .returning(sql<boolean>`reindex_asked_at is not null`.as('isBackground'))
        .$castTo<Ingestion>()
        .executeTakeFirst();
    },

    /** False for one that is not under way any more. */
    async enter(id: DocumentId, { stage, isAdvance }: StageChange): Promise<boolean> {
      const { numUpdatedRows } = await living(id)
        .set({ stage, ...(isAdvance && { attempts: 1 }), updated_at: sql`now()` })
        .where('status', '=', 'processing')
        .executeTakeFirst();
      return numUpdatedRows > 0n;
    },

    /** Progress only grows. False for one that is not under way any more. */
    async report(id: DocumentId, progress: number): Promise<boolean> {
      const { numUpdatedRows } = await living(id)
        .set({ progress: sql`greatest(progress, ${progress}::real)`, updated_at: sql`now()` })
        .where('status', '=', 'processing')
        .executeTakeFirst();
      return numUpdatedRows > 0n;
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
      await living(id)
        .set({
          status: 'ready',
          stage: null,
          progress: 1,
          page_count: counts.pageCount,
          chunk_count: counts.chunkCount,
          error: null,
          error_reason: null,
          updated_at: sql`now()`,
        })
        .execute();
    },

    /** Puts a document in line again whose stage failed; what it failed with stays to be seen. */
    async postpone(id: DocumentId, postponement: Postponement): Promise<void> {
      const { stage, attempts, reason, message, retrySeconds } = postponement;
      await unfinished(id)
        .set({
          status: 'pending',
          stage,
          attempts,
          error_reason: reason,
          error: message,
          retry_at: sql`now() + make_interval(secs => ${retrySeconds})`,
          updated_at: sql`now()`,
        })
        .execute();
    },

    /** Puts a document in line again that got on. */
    async pause(id: DocumentId, progress: number): Promise<void> {
      await unfinished(id)
        .set({ status: 'pending', attempts: 0, progress, updated_at: sql`now()` })
        .execute();
    },

    /**
     * Leaves a document as it was whose new index failed for good, where only the service asked for that one; the
     * error stays to be seen. False for one that has no former index, or that people asked for.
     */
    async keepFormer(id: DocumentId, { reason, message }: IngestionFailure): Promise<boolean> {
      const { numUpdatedRows } = await unfinished(id)
        .set({
          status: 'ready',
          stage: null,
          attempts: 0,
          progress: 1,
          error_reason: reason,
          error: message,
          retry_at: null,
          updated_at: sql`now()`,
        })
        .where('reindex_asked_at', 'is not', null)
        .where(
          sql<boolean>`exists (select from indexings i where i.document_id = documents.id and i.state = 'live')`,
        )
        .executeTakeFirst();
      return numUpdatedRows > 0n;
    },

    /** False where the ingestion was not under way. */
    async fail(
      id: DocumentId,
      { reason, message, stage }: IngestionFailure & { readonly stage?: IngestionStage },
    ): Promise<boolean> {
      const { numUpdatedRows } = await unfinished(id)
        .set({
          status: 'failed',
          error_reason: reason,
          error: message,
          retry_at: null,
          updated_at: sql`now()`,
          ...(stage && { stage }),
        })
        .executeTakeFirst();
      return numUpdatedRows > 0n;
    },

    /** Documents whose run has lost its lease for so long that its job must have died with it. */
    async listStale(limits: {
      readonly silentSeconds: number;
      readonly waitingSeconds: number;
      readonly limit: number;
    }): Promise<readonly StaleIngestion[]> {
      const { rows } = await sql<StaleIngestion>`
        select d.id as "documentId", d.team_id as "teamId",
          d.reindex_asked_at is not null as "isBackground"
        from documents d
          left join indexings i on i.document_id = d.id and i.state = 'writing'
        where d.deleted_at is null and (
          (d.status = 'processing'
            and coalesce(i.leased_until, d.updated_at) < now() - make_interval(secs => ${limits.silentSeconds}))
          or (d.status = 'pending'
            and coalesce(d.retry_at, d.updated_at) < now() - make_interval(secs => ${limits.waitingSeconds})))
        order by d.updated_at limit ${limits.limit}
      `.execute(queries);
      return rows;
    },

    /** Puts an unfinished document back in line; false for one that has finished meanwhile. */
    async requeue(id: DocumentId): Promise<boolean> {
      const { numUpdatedRows } = await unfinished(id)
        .set({ status: 'pending', retry_at: null, updated_at: sql`now()` })
        .executeTakeFirst();
      return numUpdatedRows > 0n;
    },
  };
}
