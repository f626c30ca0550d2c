import type { Queries } from '#platform/db/database';
import type { FileId, TeamId, UserId } from '#shared/ids';

export type FileRecord = {
  readonly id: FileId;
  readonly teamId: TeamId;
  readonly ownerId: UserId;
  readonly storageProvider: string;
  readonly storageKey: string;
  readonly name: string;
  readonly mimeType: string;
  readonly bytes: number;
  readonly sha256: string;
};

const COLUMNS = [
  'id',
  'team_id as teamId',
  'owner_id as ownerId',
  'storage_provider as storageProvider',
  'storage_key as storageKey',
  'name',
  'mime_type as mimeType',
  'bytes',
  'sha256',
] as const;

export type FilesRepository = ReturnType<typeof createFilesRepository>;

export function createFilesRepository(queries: Queries) {
  return {
    async insert(file: FileRecord): Promise<void> {
      await queries
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
        })
        .execute();
    },

    async find(id: FileId): Promise<FileRecord | undefined> {
      return queries
        .selectFrom('files')
        .select(COLUMNS)
        .where('id', '=', id)
        .where('deleted_at', 'is', null)
        .$castTo<FileRecord>()
        .executeTakeFirst();
    },

    /** Deletes the rows and says which blobs they held. */
    async remove(ids: readonly FileId[]): Promise<readonly FileRecord[]> {
      if (ids.length === 0) return [];
      return queries
        .deleteFrom('files')
        .where('id', 'in', ids)
        .returning(COLUMNS)
        .$castTo<FileRecord>()
        .execute();
    },

    /** Some files of the teams, deleted ones too. */
    async listOfTeams(teamIds: readonly TeamId[], limit: number): Promise<readonly FileRecord[]> {
      if (teamIds.length === 0) return [];
      return queries
        .selectFrom('files')
        .select(COLUMNS)
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
      const rows = await queries
        .selectFrom('files')
        .select('storage_key')
        .where('storage_provider', '=', storageProvider)
        .where('storage_key', 'in', keys)
        .execute();
      return rows.map((row) => row.storage_key);
    },
  };
}
