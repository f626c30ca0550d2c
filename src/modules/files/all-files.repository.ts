import { sql } from 'kysely';
import type { Queries } from '#platform/db/database';
import type { FileId, TeamId } from '#shared/ids';
import { FILE_COLUMNS, type FileRecord } from './file-record.ts';

export type AllFilesRepository = ReturnType<typeof createAllFilesRepository>;

/** Files of every team, for what sweeps and erases; needs the system scope. */
export function createAllFilesRepository(queries: Queries) {
  return {
    /** Deletes the rows and says which blobs they held. */
    async remove(ids: readonly FileId[]): Promise<readonly FileRecord[]> {
      if (ids.length === 0) return [];
      return queries
        .deleteFrom('files')
        .where('id', 'in', ids)
        .returning(FILE_COLUMNS)
        .$castTo<FileRecord>()
        .execute();
    },

    /** Living files whose time is over. */
    async listExpired(limit: number): Promise<readonly FileRecord[]> {
      return queries
        .selectFrom('files')
        .select(FILE_COLUMNS)
        .where('deleted_at', 'is', null)
        .where('expires_at', '<=', sql<string>`now()`)
        .limit(limit)
        .$castTo<FileRecord>()
        .execute();
    },

    /** Deletes the rows of some that were deleted before the time, and that no document needs any more. */
    async purge(deletedBefore: Date, limit: number): Promise<readonly FileRecord[]> {
      const some = queries
        .selectFrom('files')
        .select('id')
        .where('deleted_at', '<', deletedBefore.toISOString())
        .where(sql<boolean>`not exists (select from documents where documents.file_id = files.id)`)
        .limit(limit)
        .forUpdate()
        .skipLocked();
      return queries
        .deleteFrom('files')
        .where('id', 'in', some)
        .returning(FILE_COLUMNS)
        .$castTo<FileRecord>()
        .execute();
    },

    /** Some files of the teams, deleted ones too. */
    async listOfTeams(teamIds: readonly TeamId[], limit: number): Promise<readonly FileRecord[]> {
      if (teamIds.length === 0) return [];
      return queries
        .selectFrom('files')
        .select(FILE_COLUMNS)
        .where('team_id', 'in', teamIds)
        .limit(limit)
        .$castTo<FileRecord>()
        .execute();
    },

    /** Those of the keys that have a row; a deleted file still owns its blob. */
    async listKnownKeys(
      storageProvider: string,
      keys: readonly string[],
    ): Promise<readonly string[]> {
      const ofFiles = queries
        .selectFrom('files')
        .select('storage_key')
        .where('storage_provider', '=', storageProvider)
        .where('storage_key', 'in', keys);
      const ofParts = queries
        .selectFrom('upload_parts')
        .select('storage_key')
        .where('storage_provider', '=', storageProvider)
        .where('storage_key', 'in', keys);
      const rows = await ofFiles.unionAll(ofParts).execute();
      return rows.map((row) => row.storage_key);
    },
  };
}
