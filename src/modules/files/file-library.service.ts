import type { Readable } from 'node:stream';
import type { Clock } from '#platform/clock/clock';
import { teamScope, type Queries, type UnitOfWork } from '#platform/db/database';
import { notFound } from '#platform/errors/app-error';
import type { Actor } from '#shared/actor';
import type { FileId, TeamId } from '#shared/ids';
import type { Page } from '#shared/page';
import { detectContentType } from './detect-content-type.ts';
import { assertFitsPurpose, parsePurpose } from './file-purpose.ts';
import { assertCanWriteFiles } from './files.policy.ts';
import type { AllFilesRepository } from './all-files.repository.ts';
import type { FileRecord } from './file-record.ts';
import type { FileListing, FilesRepository, FileSlice } from './files.repository.ts';
import type { FileService, StoredFile } from './files.service.ts';
import type { ByteRange } from './storage.ts';

export type FileLibrary = ReturnType<typeof createFileLibrary>;

/** What a form says of its file beside the bytes; perhaps only after them. */
export type FileDescription = {
  readonly purpose: string | undefined;
  /** How long the file is kept; for good without it. */
  readonly keepSeconds?: number | undefined;
};

export type UploadFileInput = {
  readonly name: string;
  readonly content: Readable;
  /** Asked once the content has been read. */
  readonly describe: () => FileDescription;
};

/** Takes a file out of wherever it is used, in the transaction that deletes it. */
export type FileDetacher = (
  queries: Queries,
  file: { readonly id: FileId; readonly teamId: TeamId },
) => Promise<void>;

export type FileLibraryDependencies = {
  readonly filesOf: (teamId: TeamId) => Pick<FilesRepository, 'find' | 'list' | 'slice'>;
  readonly allFiles: () => Pick<AllFilesRepository, 'listExpired' | 'purge'>;
  readonly unitOfWork: UnitOfWork<{ files: FilesRepository; queries: Queries }>;
  readonly files: Pick<FileService, 'store' | 'open' | 'discard'>;
  readonly clock: Clock;
  readonly settings: { readonly maxUploadBytes: number; readonly trashRetentionDays: number };
};

const SECOND_MS = 1000;
const DAY_MS = 86_400_000;
const PURGE_BATCH = 50;

/** Files as people use them, without a document around them; NOT_FOUND for those of another team. */
export function createFileLibrary(dependencies: FileLibraryDependencies) {
  const { filesOf, allFiles, unitOfWork, files, clock, settings } = dependencies;
  const detachers: FileDetacher[] = [];

  /**
   * Stores a file; blob and row are there together, or none of them.
   * @throws FORBIDDEN, PAYLOAD_TOO_LARGE, UNSUPPORTED_MEDIA_TYPE, VALIDATION_ERROR, STORAGE_FULL
   */
  async function upload(
    actor: Actor,
    { name, content, describe }: UploadFileInput,
    signal: AbortSignal,
  ): Promise<FileRecord> {
    try {
      assertCanWriteFiles(actor);
      const { maxUploadBytes: maxBytes } = settings;
      const detectType = (head: Uint8Array) => detectContentType(head, name);
      const stored = await files.store(actor, { name, content, maxBytes, detectType }, signal);
      return await keepOrDiscard(stored, describe);
    } finally {
      content.destroy();
    }
  }

  async function keepOrDiscard(
    stored: StoredFile,
    describe: () => FileDescription,
  ): Promise<FileRecord> {
    try {
      const { keepSeconds, ...described } = describe();
      const purpose = parsePurpose(described.purpose);
      assertFitsPurpose({ ...stored, purpose });
      const file = { ...stored, purpose, expiresAt: expiryAfter(keepSeconds) };
      return await unitOfWork.run(teamScope(stored.teamId), (bound) => bound.files.insert(file));
    } catch (error) {
      await files.discard(stored);
      throw error;
    }
  }

  function expiryAfter(keepSeconds: number | undefined): string | null {
    if (keepSeconds === undefined) return null;
    return new Date(clock.now().getTime() + keepSeconds * SECOND_MS).toISOString();
  }

  async function get(actor: Actor, { id }: { id: FileId }): Promise<FileRecord> {
    return (await filesOf(actor.teamId).find(id)) ?? raiseNotFound(id);
  }

  async function detach(queries: Queries, file: { id: FileId; teamId: TeamId }): Promise<void> {
    for (const detacher of detachers) await detacher(queries, file);
  }

  async function moveToTrash(teamId: TeamId, id: FileId): Promise<boolean> {
    return unitOfWork.run(teamScope(teamId), async (bound) => {
      if (!(await bound.files.markDeleted(id))) return false;
      await detach(bound.queries, { id, teamId });
      return true;
    });
  }

  return {
    upload,
    get,
    expiryAfter,

    async list(actor: Actor, listing: FileListing): Promise<Page<FileRecord>> {
      return filesOf(actor.teamId).list(listing);
    },

    async slice(actor: Actor, slice: FileSlice): Promise<readonly FileRecord[]> {
      return filesOf(actor.teamId).slice(slice);
    },

    async open(
      actor: Actor,
      { id, range }: { readonly id: FileId; readonly range: ByteRange | undefined },
    ): Promise<Readable> {
      const { content } = await files.open(actor.teamId, id, range);
      return content;
    },

    /** Moves a file to the trash, and out of whatever used it. @throws FORBIDDEN, NOT_FOUND */
    async remove(actor: Actor, { id }: { id: FileId }): Promise<void> {
      assertCanWriteFiles(actor);
      if (!(await moveToTrash(actor.teamId, id))) raiseNotFound(id);
    },

    /** Takes a file out of the trash; what used it does not get it back. @throws FORBIDDEN, NOT_FOUND */
    async restore(actor: Actor, { id }: { id: FileId }): Promise<FileRecord> {
      assertCanWriteFiles(actor);
      const restored = await unitOfWork.run(teamScope(actor.teamId), (bound) =>
        bound.files.restore(id),
      );
      return restored ?? raiseNotFound(id);
    },

    /** Registers what must let go of a file that is deleted; each module that uses files does so. */
    onRemove(detacher: FileDetacher): void {
      detachers.push(detacher);
    },

    /** Moves files whose time is over to the trash, and purges what has been there longer than the retention. */
    async purgeExpired(signal: AbortSignal): Promise<void> {
      for (const { teamId, id } of await allFiles().listExpired(PURGE_BATCH)) {
        signal.throwIfAborted();
        await moveToTrash(teamId, id);
      }
      const deletedBefore = new Date(clock.now().getTime() - settings.trashRetentionDays * DAY_MS);
      const purged = await allFiles().purge(deletedBefore, PURGE_BATCH);
      for (const file of purged) await files.discard(file);
    },
  };
}

function raiseNotFound(id: FileId): never {
  throw notFound('file', id);
}
