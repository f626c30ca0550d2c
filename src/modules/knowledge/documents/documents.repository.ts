import { sql } from 'kysely';
import type { Queries } from '#platform/db/database';
import { isUniqueViolation } from '#platform/db/error-translation';
import type { DocumentId, FileId, ProjectId, TeamId } from '#shared/ids';
import { FRESH_INGESTION } from '../ingestion/fresh-ingestion.ts';
import type { IngestionStage } from '../ingestion/ingestion-stage.ts';
import type { DocumentMimeType } from '../parsing/document-mime-type.ts';
import { pageOffset, type Page, type PageRequest } from '#shared/page';

export type DocumentStatus = 'pending' | 'processing' | 'ready' | 'failed';

/** What clients keep with a document, by names of their own; searches can be narrowed by it. */
export type DocumentAttributes = Readonly<Record<string, string | number | boolean>>;

export type DocumentRecord = {
  readonly id: DocumentId;
  readonly teamId: TeamId;
  readonly projectId: ProjectId;
  readonly fileId: FileId;
  readonly title: string;
  readonly mimeType: DocumentMimeType;
  readonly bytes: number;
  readonly sha256: string;
  readonly attributes: DocumentAttributes;
  readonly status: DocumentStatus;
  readonly errorReason: string | null;
  readonly error: string | null;
  /** From 0 to 1, of the ingestion that runs or ran last. */
  readonly progress: number;
  /** Where its ingestion is or stopped; null before it began and after it succeeded. */
  readonly stage: IngestionStage | null;
  /** Tries since the ingestion last got on. */
  readonly attempts: number;
  /** When a stage that failed is tried again. */
  readonly retryAt: string | null;
  readonly pageCount: number | null;
  readonly chunkCount: number;
  readonly createdAt: string;
  readonly updatedAt: string;
};

export type NewDocument = Pick<
  DocumentRecord,
  'id' | 'teamId' | 'projectId' | 'fileId' | 'title' | 'mimeType' | 'bytes' | 'sha256'
> & { readonly attributes?: DocumentAttributes };

export type DocumentKey = { readonly projectId: ProjectId; readonly id: DocumentId };

export type DocumentListing = PageRequest & {
  readonly projectId: ProjectId;
  readonly status: DocumentStatus | undefined;
  readonly isDeleted: boolean;
  readonly sort: {
    readonly column: 'created_at' | 'title' | 'bytes';
    readonly direction: 'asc' | 'desc';
  };
};

const COLUMNS = [
  'id',
  'team_id as teamId',
  'project_id as projectId',
  'file_id as fileId',
  'title',
  'mime_type as mimeType',
  'bytes',
  'sha256',
  'attributes',
  'status',
  'error_reason as errorReason',
  'error',
  'progress',
  'stage',
  'attempts',
  'retry_at as retryAt',
  'page_count as pageCount',
  'chunk_count as chunkCount',
  'created_at as createdAt',
  'updated_at as updatedAt',
] as const;

export type DocumentsRepository = ReturnType<typeof createDocumentsRepository>;

/** Documents as people see them; how one becomes searchable is in the ingestion's repository. */
export function createDocumentsRepository(queries: Queries) {
  const living = () => queries.selectFrom('documents').where('deleted_at', 'is', null);

  return {
    /** Undefined when a living document of the project has the same content. */
    async insert(document: NewDocument): Promise<DocumentRecord | undefined> {
      return queries
        .insertInto('documents')
        .values({
          id: document.id,
          team_id: document.teamId,
          project_id: document.projectId,
          file_id: document.fileId,
          title: document.title,
          mime_type: document.mimeType,
          bytes: document.bytes,
          sha256: document.sha256,
          attributes: JSON.stringify(document.attributes ?? {}),
          status: 'pending',
        })
        .onConflict((conflict) =>
          conflict.columns(['project_id', 'sha256']).where('deleted_at', 'is', null).doNothing(),
        )
        .returning(COLUMNS)
        .$castTo<DocumentRecord>()
        .executeTakeFirst();
    },

    async find({ projectId, id }: DocumentKey): Promise<DocumentRecord | undefined> {
      return living()
        .select(COLUMNS)
        .where('id', '=', id)
        .where('project_id', '=', projectId)
        .$castTo<DocumentRecord>()
        .executeTakeFirst();
    },

    /** Locks a document of the trash. */
    async lockDeleted({ projectId, id }: DocumentKey): Promise<DocumentRecord | undefined> {
      return queries
        .selectFrom('documents')
        .select(COLUMNS)
        .where('deleted_at', 'is not', null)
        .where('id', '=', id)
        .where('project_id', '=', projectId)
        .forUpdate()
        .$castTo<DocumentRecord>()
        .executeTakeFirst();
    },

    /** The living document of a project with this content. */
    async findBySha256(projectId: ProjectId, sha256: string): Promise<DocumentRecord | undefined> {
      return living()
        .select(COLUMNS)
        .where('project_id', '=', projectId)
        .where('sha256', '=', sha256)
        .$castTo<DocumentRecord>()
        .executeTakeFirst();
    },

    async list({
      projectId,
      status,
      isDeleted,
      sort,
      ...page
    }: DocumentListing): Promise<Page<DocumentRecord>> {
      const matching = queries
        .selectFrom('documents')
        .where('project_id', '=', projectId)
        .where('deleted_at', isDeleted ? 'is not' : 'is', null)
        .where((row) => (status ? row('status', '=', status) : row.val(true)));
      const countAll = matching.select((row) => row.fn.countAll<number>().as('total'));
      const rows = await matching
        .select([...COLUMNS, countAll.as('total')])
        .orderBy(sort.column, sort.direction)
        .orderBy('id', sort.direction)
        .limit(page.pageSize)
        .offset(pageOffset(page))
        .$castTo<DocumentRecord & { readonly total: number }>()
        .execute();
      // A page past the end has no row to carry the total.
      const total = rows[0]?.total ?? (await countAll.executeTakeFirstOrThrow()).total;
      return { items: rows, total, page: page.page, pageSize: page.pageSize };
    },

    /** Asks for a new ingestion; undefined while one is under way, and for one that is not there. */
    async restart({ projectId, id }: DocumentKey): Promise<DocumentRecord | undefined> {
      return queries
        .updateTable('documents')
        .set({ ...FRESH_INGESTION, updated_at: sql`now()` })
        .where('id', '=', id)
        .where('project_id', '=', projectId)
        .where('status', 'in', ['ready', 'failed'])
        .where('deleted_at', 'is', null)
        .returning(COLUMNS)
        .$castTo<DocumentRecord>()
        .executeTakeFirst();
    },

    /** Marks a living document deleted; false when there is none. */
    async markDeleted({ projectId, id }: DocumentKey): Promise<boolean> {
      const result = await queries
        .updateTable('documents')
        .set({ deleted_at: sql`now()`, updated_at: sql`now()` })
        .where('id', '=', id)
        .where('project_id', '=', projectId)
        .where('deleted_at', 'is', null)
        .executeTakeFirst();
      return result.numUpdatedRows > 0n;
    },

    /**
     * Takes a document out of the trash, as it was or as one that is still to be ingested.
     * Undefined when a living document of the project has the same content.
     */
    async restore(
      id: DocumentId,
      status: 'ready' | 'failed' | 'pending',
    ): Promise<DocumentRecord | undefined> {
      try {
        return await queries
          .updateTable('documents')
          .set({
            ...(status === 'pending' ? FRESH_INGESTION : { status }),
            deleted_at: null,
            updated_at: sql`now()`,
          })
          .where('id', '=', id)
          .returning(COLUMNS)
          .$castTo<DocumentRecord>()
          .executeTakeFirstOrThrow();
      } catch (error) {
        if (isUniqueViolation(error, 'documents_project_id_sha256_idx')) return undefined;
        throw error;
      }
    },

    async listExpired(deletedBefore: Date, limit: number): Promise<readonly DocumentRecord[]> {
      return queries
        .selectFrom('documents')
        .select(COLUMNS)
        .where('deleted_at', '<', deletedBefore.toISOString())
        .orderBy('deleted_at')
        .limit(limit)
        .$castTo<DocumentRecord>()
        .execute();
    },

    /** Documents of a project, deleted ones too, for its purge. */
    async listOfProject(projectId: ProjectId, limit: number): Promise<readonly DocumentRecord[]> {
      return queries
        .selectFrom('documents')
        .select(COLUMNS)
        .where('project_id', '=', projectId)
        .limit(limit)
        .$castTo<DocumentRecord>()
        .execute();
    },

    /** False for one that was taken out of the trash. */
    async purge(id: DocumentId): Promise<boolean> {
      const result = await queries
        .deleteFrom('documents')
        .where('id', '=', id)
        .where('deleted_at', 'is not', null)
        .executeTakeFirst();
      return result.numDeletedRows > 0n;
    },
  };
}
