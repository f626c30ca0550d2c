import { sql, type RawBuilder } from 'kysely';
import type { Queries } from '#platform/db/database';
import type { DocumentBatchId, DocumentId, FileId, ProjectId } from '#shared/ids';
import type { DocumentAttributes } from '../documents/documents.repository.ts';
import { CANCELLED } from '../ingestion/ingestion-failure.ts';

export type ProjectFileState = 'in_progress' | 'completed' | 'failed' | 'cancelled';

/** A file as a project has it: the document that was made of it, or why none was. */
export type ProjectFile = {
  readonly projectId: ProjectId;
  readonly fileId: FileId;
  readonly documentId: DocumentId | null;
  readonly state: ProjectFileState;
  readonly errorReason: string | null;
  readonly error: string | null;
  readonly bytes: number;
  readonly attributes: DocumentAttributes;
  readonly createdAt: string;
};

export type ProjectFileKey = { readonly projectId: ProjectId; readonly fileId: FileId };

export type ProjectFileSlice = {
  readonly projectId: ProjectId;
  readonly state: ProjectFileState | undefined;
  /** The document that the slice begins after. */
  readonly afterId: DocumentId | undefined;
  readonly direction: 'asc' | 'desc';
  readonly limit: number;
};

export type BatchFileSlice = Omit<ProjectFileSlice, 'afterId'> & {
  readonly batchId: DocumentBatchId;
  readonly afterId: FileId | undefined;
};

/** How many files of each state there are, and the size of those that can be searched. */
export type ProjectContents = Readonly<Record<ProjectFileState, number>> & {
  readonly bytes: number;
  readonly activeAt: string | null;
};

export type DocumentSource = {
  readonly documentId: DocumentId;
  readonly fileId: FileId;
  readonly attributes: DocumentAttributes;
};

const STATE = sql<ProjectFileState>`case
  when d.status in ('pending', 'processing') then 'in_progress'
  when d.status = 'ready' then 'completed'
  when d.status is null or d.error_reason <> ${sql.lit(CANCELLED.reason)} then 'failed'
  else 'cancelled' end`;

export type ProjectFilesRepository = ReturnType<typeof createProjectFilesRepository>;

export function createProjectFilesRepository(queries: Queries) {
  async function list(condition: RawBuilder<unknown>): Promise<readonly ProjectFile[]> {
    const { rows } = await sql<ProjectFile>`
      select d.project_id as "projectId", d.file_id as "fileId", d.id as "documentId", ${STATE} as state,
        d.error_reason as "errorReason", d.error, d.bytes, d.attributes, d.created_at as "createdAt"
      from documents d where d.deleted_at is null and ${condition}
    `.execute(queries);
    return rows;
  }

  return {
    async find({ projectId, fileId }: ProjectFileKey): Promise<ProjectFile | undefined> {
      const [file] = await list(sql`d.project_id = ${projectId} and d.file_id = ${fileId}`);
      return file;
    },

    async slice({
      projectId,
      state,
      afterId,
      direction,
      limit,
    }: ProjectFileSlice): Promise<readonly ProjectFile[]> {
      return list(sql`d.project_id = ${projectId} and ${isOf(state)}
        and ${isAfter(sql`d.id`, afterId, direction)}
        order by d.id ${order(direction)} limit ${limit}`);
    },

    /** Files of a batch, those too that became no document. */
    async sliceBatch({
      projectId,
      batchId,
      state,
      afterId,
      direction,
      limit,
    }: BatchFileSlice): Promise<readonly ProjectFile[]> {
      const { rows } = await sql<ProjectFile>`
        select ${projectId} as "projectId", b.file_id as "fileId", d.id as "documentId", ${STATE} as state,
          coalesce(b.error_reason, d.error_reason) as "errorReason", coalesce(b.error, d.error) as error,
          coalesce(d.bytes, 0) as bytes, coalesce(d.attributes, '{}') as attributes,
          coalesce(d.created_at, a.created_at) as "createdAt"
        from document_batch_files b join document_batches a on a.id = b.batch_id
          left join documents d on d.id = b.document_id
        where b.batch_id = ${batchId} and d.deleted_at is null and ${isOf(state)}
          and ${isAfter(sql`b.file_id`, afterId, direction)}
        order by b.file_id ${order(direction)} limit ${limit}
      `.execute(queries);
      return rows;
    },

    async countBatch(
      batchId: DocumentBatchId,
    ): Promise<Readonly<Record<ProjectFileState, number>>> {
      const { rows } = await sql<{ readonly state: ProjectFileState; readonly total: number }>`
        select ${STATE} as state, count(*)::int as total
        from document_batch_files b left join documents d on d.id = b.document_id
        where b.batch_id = ${batchId} and d.deleted_at is null group by 1
      `.execute(queries);
      const counts = Object.fromEntries(rows.map(({ state, total }) => [state, total]));
      return { in_progress: 0, completed: 0, failed: 0, cancelled: 0, ...counts };
    },

    async contentsOf(
      projectIds: readonly ProjectId[],
    ): Promise<ReadonlyMap<ProjectId, ProjectContents>> {
      const { rows } = await sql<ProjectContents & { readonly projectId: ProjectId }>`
        select s.project_id as "projectId",
          count(*) filter (where s.state = 'in_progress')::int as in_progress,
          count(*) filter (where s.state = 'completed')::int as completed,
          count(*) filter (where s.state = 'failed')::int as failed,
          count(*) filter (where s.state = 'cancelled')::int as cancelled,
          coalesce(sum(s.bytes) filter (where s.state = 'completed'), 0)::bigint as bytes,
          max(s.updated_at) as "activeAt"
        from (select d.project_id, ${STATE} as state, d.bytes, d.updated_at from documents d
          where d.project_id = any(${projectIds}::uuid[]) and d.deleted_at is null) s
        group by s.project_id
      `.execute(queries);
      return new Map(rows.map((row) => [row.projectId, row]));
    },

    async listSources(documentIds: readonly DocumentId[]): Promise<readonly DocumentSource[]> {
      return queries
        .selectFrom('documents')
        .select(['id as documentId', 'file_id as fileId', 'attributes'])
        .where('id', '=', sql<DocumentId>`any(${documentIds}::uuid[])`)
        .$castTo<DocumentSource>()
        .execute();
    },

    async setAttributes(id: DocumentId, attributes: DocumentAttributes): Promise<void> {
      await queries
        .updateTable('documents')
        .set({ attributes: JSON.stringify(attributes), updated_at: sql`now()` })
        .where('id', '=', id)
        .execute();
    },

    /** Locks the living documents that were made of a file. */
    async lockDocuments(
      fileId: FileId,
    ): Promise<readonly { readonly id: DocumentId; readonly projectId: ProjectId }[]> {
      return queries
        .selectFrom('documents')
        .select(['id', 'project_id as projectId'])
        .where('file_id', '=', fileId)
        .where('deleted_at', 'is', null)
        .orderBy('id')
        .forUpdate()
        .$castTo<{ readonly id: DocumentId; readonly projectId: ProjectId }>()
        .execute();
    },
  };
}

function isOf(state: ProjectFileState | undefined): RawBuilder<boolean> {
  return state === undefined ? sql`true` : sql`${STATE} = ${state}`;
}

function isAfter(
  column: RawBuilder<unknown>,
  id: string | undefined,
  direction: 'asc' | 'desc',
): RawBuilder<boolean> {
  if (id === undefined) return sql`true`;
  return direction === 'asc' ? sql`${column} > ${id}` : sql`${column} < ${id}`;
}

function order(direction: 'asc' | 'desc'): RawBuilder<unknown> {
  return direction === 'asc' ? sql`asc` : sql`desc`;
}
