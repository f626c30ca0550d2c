import { sql, type ExpressionBuilder } from 'kysely';
import type { Queries } from '#platform/db/database';
import type { DB } from '#platform/db/schema.generated';
import type { FileId } from '#shared/ids';
import { pageOffset, type Page, type PageRequest } from '#shared/page';
import { FILE_COLUMNS, type FileRecord, type NewFile } from './file-record.ts';
import type { FilePurpose } from './file-purpose.ts';

export type FileListing = PageRequest & {
  readonly isDeleted: boolean;
  readonly purpose: FilePurpose | undefined;
  readonly sort: {
    readonly column: 'created_at' | 'name' | 'bytes';
    readonly direction: 'asc' | 'desc';
  };
};

/** Files from one on, by the time they were made. */
export type FileSlice = {
  readonly afterId: FileId | undefined;
  readonly purpose: FilePurpose | undefined;
  readonly direction: 'asc' | 'desc';
  readonly limit: number;
};

export type FilesRepository = ReturnType<typeof createFilesRepository>;

export function createFilesRepository(queries: Queries) {
  const living = () =>
    queries.selectFrom('files').where('deleted_at', 'is', null).where(isUnexpired);

  return {
    async insert(file: NewFile): Promise<FileRecord> {
      return queries
        .insertInto('files')
        .values({
          id: file.id,
          team_id: file.teamId,
          owner_id: file.ownerId,
          storage_provider: file.storageProvider,
          storage_key: file.storageKey,
          name: file.name,
          mime_type: file.mimeType,
          bytes: file.bytes,
          sha256: file.sha256,
          purpose: file.purpose,
          expires_at: file.expiresAt,
        })
        .returning(FILE_COLUMNS)
        .$castTo<FileRecord>()
        .executeTakeFirstOrThrow();
    },

    async find(id: FileId): Promise<FileRecord | undefined> {
      return living()
        .select(FILE_COLUMNS)
        .where('id', '=', id)
        .$castTo<FileRecord>()
        .executeTakeFirst();
    },

    /** Those of the ids that are of living files. */
    async listLiving(ids: readonly FileId[]): Promise<readonly FileId[]> {
      const rows = await living()
        .select('id')
        .where('id', '=', sql<FileId>`any(${ids}::uuid[])`)
        .$castTo<{ readonly id: FileId }>()
        .execute();
      return rows.map(({ id }) => id);
    },

    /** Holds a living file until the transaction ends, so that nobody deletes it meanwhile. */
    async hold(id: FileId): Promise<FileRecord | undefined> {
      return living()
        .select(FILE_COLUMNS)
        .where('id', '=', id)
        .forShare()
        .$castTo<FileRecord>()
        .executeTakeFirst();
    },

    async list({ isDeleted, purpose, sort, ...page }: FileListing): Promise<Page<FileRecord>> {
      const matching = queries
        .selectFrom('files')
        .where('purpose', 'is not', null)
        .where('deleted_at', isDeleted ? 'is not' : 'is', null)
        .where(isUnexpired)
        .where((row) => (purpose ? row('purpose', '=', purpose) : row.val(true)));
      const countAll = matching.select((row) => row.fn.countAll<number>().as('total'));
      const items = await matching
        .select(FILE_COLUMNS)
        .orderBy(sort.column, sort.direction)
        .orderBy('id', sort.direction)
        .limit(page.pageSize)
        .offset(pageOffset(page))
        .$castTo<FileRecord>()
        .execute();
      const { total } = await countAll.executeTakeFirstOrThrow();
      return { items, total, page: page.page, pageSize: page.pageSize };
    },

    async slice({ afterId, purpose, direction, limit }: FileSlice): Promise<readonly FileRecord[]> {
      return living()
        .select(FILE_COLUMNS)
        .where('purpose', 'is not', null)
        .where((row) => (purpose ? row('purpose', '=', purpose) : row.val(true)))
        .where((row) =>
          afterId ? row('id', direction === 'asc' ? '>' : '<', afterId) : row.val(true),
        )
        .orderBy('id', direction)
        .limit(limit)
        .$castTo<FileRecord>()
        .execute();
    },

    /** Marks a living file deleted; false when there is none. */
    async markDeleted(id: FileId): Promise<boolean> {
      const result = await queries
        .updateTable('files')
        .set({ deleted_at: sql`now()`, updated_at: sql`now()` })
        .where('id', '=', id)
        .where('deleted_at', 'is', null)
        .executeTakeFirst();
      return result.numUpdatedRows > 0n;
    },

    async restore(id: FileId): Promise<FileRecord | undefined> {
      return queries
        .updateTable('files')
        .set({ deleted_at: null, updated_at: sql`now()` })
        .where('id', '=', id)
        .where('deleted_at', 'is not', null)
        .where(isUnexpired)
        .returning(FILE_COLUMNS)
        .$castTo<FileRecord>()
        .executeTakeFirst();
    },

    /** Deletes the rows of those that only their documents kept, once no document has them. */
    async removeOfDocuments(ids: readonly FileId[]): Promise<readonly FileRecord[]> {
      if (ids.length === 0) return [];
      return queries
        .deleteFrom('files')
        .where('id', 'in', ids)
        .where('purpose', 'is', null)
        .where(sql<boolean>`not exists (select from documents where documents.file_id = files.id)`)
        .returning(FILE_COLUMNS)
        .$castTo<FileRecord>()
        .execute();
    },
  };
}

function isUnexpired(row: ExpressionBuilder<DB, 'files'>) {
  return row.or([row('expires_at', 'is', null), row('expires_at', '>', sql<string>`now()`)]);
}
