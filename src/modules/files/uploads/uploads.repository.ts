import { sql } from 'kysely';
import type { Queries } from '#platform/db/database';
import type { FileId, TeamId, UploadId, UploadPartId, UserId } from '#shared/ids';
import type { FilePurpose } from '../file-purpose.ts';

export type UploadStatus = 'pending' | 'completed' | 'cancelled';

export type NewUpload = {
  readonly id: UploadId;
  readonly teamId: TeamId;
  readonly ownerId: UserId;
  readonly name: string;
  readonly purpose: FilePurpose;
  readonly bytes: number;
  readonly keepSeconds: number | null;
  readonly expiresAt: string;
};

export type UploadRecord = NewUpload & {
  readonly status: UploadStatus;
  readonly fileId: FileId | null;
  readonly createdAt: string;
};

export type UploadPart = {
  readonly id: UploadPartId;
  readonly teamId: TeamId;
  readonly uploadId: UploadId;
  readonly storageProvider: string;
  readonly storageKey: string;
  readonly bytes: number;
};

export type UploadPartRecord = UploadPart & { readonly createdAt: string };

const COLUMNS = [
  'id',
  'team_id as teamId',
  'owner_id as ownerId',
  'name',
  'purpose',
  'bytes',
  'keep_seconds as keepSeconds',
  'expires_at as expiresAt',
  'status',
  'file_id as fileId',
  'created_at as createdAt',
] as const;

const PART_COLUMNS = [
  'id',
  'team_id as teamId',
  'upload_id as uploadId',
  'storage_provider as storageProvider',
  'storage_key as storageKey',
  'bytes',
  'created_at as createdAt',
] as const;

export type UploadsRepository = ReturnType<typeof createUploadsRepository>;

/** Uploads in parts; one that has expired is not there any more. */
export function createUploadsRepository(queries: Queries) {
  const living = () => queries.selectFrom('uploads').where('expires_at', '>', sql<string>`now()`);

  return {
    async insert(upload: NewUpload): Promise<UploadRecord> {
      return queries
        .insertInto('uploads')
        .values({
          id: upload.id,
          team_id: upload.teamId,
          owner_id: upload.ownerId,
          name: upload.name,
          purpose: upload.purpose,
          bytes: upload.bytes,
          keep_seconds: upload.keepSeconds,
          expires_at: upload.expiresAt,
        })
        .returning(COLUMNS)
        .$castTo<UploadRecord>()
        .executeTakeFirstOrThrow();
    },

    async find(id: UploadId): Promise<UploadRecord | undefined> {
      return living()
        .select(COLUMNS)
        .where('id', '=', id)
        .$castTo<UploadRecord>()
        .executeTakeFirst();
    },

    /** Locks a pending upload, so that its parts and its end come one after another. */
    async lockPending(id: UploadId): Promise<UploadRecord | undefined> {
      return living()
        .select(COLUMNS)
        .where('id', '=', id)
        .where('status', '=', 'pending')
        .forUpdate()
        .$castTo<UploadRecord>()
        .executeTakeFirst();
    },

    async end(
      id: UploadId,
      end: { readonly status: 'completed' | 'cancelled'; readonly fileId: FileId | null },
    ): Promise<UploadRecord> {
      return queries
        .updateTable('uploads')
        .set({ status: end.status, file_id: end.fileId, updated_at: sql`now()` })
        .where('id', '=', id)
        .returning(COLUMNS)
        .$castTo<UploadRecord>()
        .executeTakeFirstOrThrow();
    },

    async insertPart(part: UploadPart): Promise<UploadPartRecord> {
      return queries
        .insertInto('upload_parts')
        .values({
          id: part.id,
          team_id: part.teamId,
          upload_id: part.uploadId,
          storage_provider: part.storageProvider,
          storage_key: part.storageKey,
          bytes: part.bytes,
        })
        .returning(PART_COLUMNS)
        .$castTo<UploadPartRecord>()
        .executeTakeFirstOrThrow();
    },

    async listParts(id: UploadId): Promise<readonly UploadPartRecord[]> {
      return queries
        .selectFrom('upload_parts')
        .select(PART_COLUMNS)
        .where('upload_id', '=', id)
        .$castTo<UploadPartRecord>()
        .execute();
    },

    async removeParts(id: UploadId): Promise<readonly UploadPartRecord[]> {
      return queries
        .deleteFrom('upload_parts')
        .where('upload_id', '=', id)
        .returning(PART_COLUMNS)
        .$castTo<UploadPartRecord>()
        .execute();
    },

    async remove(id: UploadId): Promise<void> {
      await queries.deleteFrom('uploads').where('id', '=', id).execute();
    },

    /** Uploads whose time is over, whatever became of them. */
    async listExpired(limit: number): Promise<readonly UploadRecord[]> {
      return queries
        .selectFrom('uploads')
        .select(COLUMNS)
        .where('expires_at', '<=', sql<string>`now()`)
        .orderBy('expires_at')
        .limit(limit)
        .$castTo<UploadRecord>()
        .execute();
    },

    /** Some uploads of a user, and of teams. */
    async listOf(
      owner: { readonly userId: UserId; readonly teamIds: readonly TeamId[] },
      limit: number,
    ): Promise<readonly UploadRecord[]> {
      return queries
        .selectFrom('uploads')
        .select(COLUMNS)
        .where((row) => row.or([row('owner_id', '=', owner.userId), isOfTeams(owner.teamIds)]))
        .limit(limit)
        .$castTo<UploadRecord>()
        .execute();
    },

    async countOf(owner: {
      readonly userId: UserId;
      readonly teamIds: readonly TeamId[];
    }): Promise<number> {
      const { total } = await queries
        .selectFrom('uploads')
        .select((row) => row.fn.countAll<number>().as('total'))
        .where((row) => row.or([row('owner_id', '=', owner.userId), isOfTeams(owner.teamIds)]))
        .executeTakeFirstOrThrow();
      return total;
    },
  };
}

function isOfTeams(teamIds: readonly TeamId[]) {
  return sql<boolean>`team_id = any(${teamIds}::uuid[])`;
}
