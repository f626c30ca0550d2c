import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { Clock } from '#platform/clock/clock';
import type { Queries } from '#platform/db/database';
import { notFound } from '#platform/errors/app-error';
import type { Actor } from '#shared/actor';
import { newId, type FileId, type TeamId } from '#shared/ids';
import type { FileRecord, NewFile } from './file-record.ts';
import type { FilesRepository } from './files.repository.ts';
import type { AllFilesRepository } from './all-files.repository.ts';
import { createInspection, HEAD_BYTES, type InspectionRules } from './inspect-content.ts';
import type { ByteRange, Storage } from './storage.ts';

export type FileService = ReturnType<typeof createFileService>;

/** A blob that is whole in the storage; its row is the caller's to write, or the blob's to be discarded. */
export type StoredFile = NewFile;

/** Rows of files in the caller's transaction. */
export type FileWriter = Pick<FilesRepository, 'insert' | 'hold' | 'restore' | 'removeOfDocuments'>;

export type StoreFileInput<MimeType extends string> = InspectionRules<MimeType> & {
  readonly name: string;
  readonly content: Readable;
};

export type FileServiceDependencies = {
  readonly storage: Storage;
  readonly filesOf: (teamId: TeamId) => Pick<FilesRepository, 'find' | 'listLiving'>;
  readonly allFiles: () => Pick<AllFilesRepository, 'listKnownKeys'>;
  readonly within: (queries: Queries) => FileWriter;
  readonly clock: Clock;
};

// Longer than any upload and its transaction, so that no blob is taken before its row is there.
const ORPHAN_AGE_MS = 3_600_000;
const SWEEP_BATCH = 200;

export function createFileService({
  storage,
  filesOf,
  allFiles,
  within,
  clock,
}: FileServiceDependencies) {
  /** The content of a file, or some of it. @throws NOT_FOUND */
  async function open(
    teamId: TeamId,
    id: FileId,
    range?: ByteRange,
  ): Promise<{ file: FileRecord; content: Readable }> {
    const file = await filesOf(teamId).find(id);
    if (!file) throw notFound('file', id);
    return { file, content: await storage.read(file.storageKey, range) };
  }

  return {
    within,

    /**
     * Streams the content once into the storage, hashed, counted and typed on its way; whole or nothing.
     * @throws PAYLOAD_TOO_LARGE, UNSUPPORTED_MEDIA_TYPE, VALIDATION_ERROR (`empty_file`), STORAGE_FULL
     */
    async store<MimeType extends string>(
      actor: Actor,
      input: StoreFileInput<MimeType>,
      signal: AbortSignal,
    ): Promise<StoredFile & { readonly mimeType: MimeType }> {
      const id = newId<FileId>();
      const storageKey = shardedKey(id);
      const inspection = createInspection(input);
      const passed = Readable.from(inspection.pass(input.content), { objectMode: false });
      await storage.write(storageKey, passed, signal);
      return {
        id,
        teamId: actor.teamId,
        ownerId: actor.userId,
        storageProvider: storage.name,
        storageKey,
        name: input.name,
        purpose: null,
        expiresAt: null,
        ...inspection.result(),
      };
    },

    open,

    /** As much of a file's start as tells its type. @throws NOT_FOUND */
    async readHead(teamId: TeamId, id: FileId): Promise<{ file: FileRecord; head: Buffer }> {
      const { file, content } = await open(teamId, id, { first: 0, last: HEAD_BYTES - 1 });
      return { file, head: await buffer(content) };
    },

    /** @throws NOT_FOUND for the first that is not there */
    async assertLiving(teamId: TeamId, ids: readonly FileId[]): Promise<void> {
      const living = new Set(await filesOf(teamId).listLiving(ids));
      const missing = ids.find((id) => !living.has(id));
      if (missing) throw notFound('file', missing);
    },

    /** Removes the blob of a file that has no row, or none any more. */
    async discard(file: Pick<StoredFile, 'storageKey'>): Promise<void> {
      await storage.remove(file.storageKey);
    },

    /** Removes blobs without a row, which a killed process leaves; says how many. */
    async sweepOrphans(signal: AbortSignal): Promise<number> {
      const writtenBefore = clock.now().getTime() - ORPHAN_AGE_MS;
      let removed = 0;
      let keys: string[] = [];
      for await (const { key, modifiedAt } of storage.list()) {
        signal.throwIfAborted();
        if (modifiedAt.getTime() < writtenBefore) keys.push(key);
        if (keys.length < SWEEP_BATCH) continue;
        removed += await removeUnknown(keys);
        keys = [];
      }
      return removed + (await removeUnknown(keys));
    },
  };

  async function removeUnknown(keys: readonly string[]): Promise<number> {
    if (keys.length === 0) return 0;
    const known = new Set(await allFiles().listKnownKeys(storage.name, keys));
    const orphans = keys.filter((key) => !known.has(key));
    for (const key of orphans) await storage.remove(key);
    return orphans.length;
  }
}

/** Spread by the id's random end: its start is the time, which would put all of a day into one folder. */
function shardedKey(id: FileId): string {
  return `${id.slice(-2)}/${id.slice(-4, -2)}/${id}`;
}
