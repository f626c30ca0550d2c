import type { FileId, TeamId, UserId } from '#shared/ids';
import type { FilePurpose } from './file-purpose.ts';

export type NewFile = {
  readonly id: FileId;
  readonly teamId: TeamId;
  readonly ownerId: UserId;
  readonly storageProvider: string;
  readonly storageKey: string;
  readonly name: string;
  readonly mimeType: string;
  readonly bytes: number;
  readonly sha256: string;
  /** Null for the file of a document, which goes with its document. */
  readonly purpose: FilePurpose | null;
  /** When it is deleted by itself. */
  readonly expiresAt: string | null;
};

export type FileRecord = NewFile & { readonly createdAt: string; readonly updatedAt: string };

export const FILE_COLUMNS = [
  'id',
  'team_id as teamId',
  'owner_id as ownerId',
  'storage_provider as storageProvider',
  'storage_key as storageKey',
  'name',
  'mime_type as mimeType',
  'bytes',
  'sha256',
  'purpose',
  'expires_at as expiresAt',
  'created_at as createdAt',
  'updated_at as updatedAt',
] as const;
