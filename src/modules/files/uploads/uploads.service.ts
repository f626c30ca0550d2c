import type { Readable } from 'node:stream';
import type { Clock } from '#platform/clock/clock';
import { teamScope, type UnitOfWork } from '#platform/db/database';
import { AppError, invalid, notFound } from '#platform/errors/app-error';
import type { Actor } from '#shared/actor';
import { newId, type TeamId, type UploadId, type UploadPartId } from '#shared/ids';
import { detectContentType } from '../detect-content-type.ts';
import type { FileLibrary } from '../file-library.service.ts';
import { assertFitsPurpose, type FilePurpose } from '../file-purpose.ts';
import { assertCanWriteFiles } from '../files.policy.ts';
import type { FileRecord } from '../file-record.ts';
import type { FilesRepository } from '../files.repository.ts';
import type { FileService, StoredFile } from '../files.service.ts';
import type { Storage } from '../storage.ts';
import { joinParts } from './join-parts.ts';
import type {
  UploadPart,
  UploadPartRecord,
  UploadRecord,
  UploadsRepository,
} from './uploads.repository.ts';

export type { UploadPartRecord, UploadRecord };

export type UploadService = ReturnType<typeof createUploadService>;

export type CreateUploadInput = {
  readonly name: string;
  readonly purpose: FilePurpose;
  readonly bytes: number;
  readonly keepSeconds: number | undefined;
};

export type CompletedUpload = { readonly upload: UploadRecord; readonly file: FileRecord };

export type UploadServiceDependencies = {
  readonly uploadsOf: (teamId: TeamId) => UploadsRepository;
  readonly allUploads: () => Pick<UploadsRepository, 'listExpired'>;
  readonly unitOfWork: UnitOfWork<{ uploads: UploadsRepository; files: FilesRepository }>;
  readonly files: Pick<FileService, 'store' | 'discard'>;
  readonly storage: Pick<Storage, 'read'>;
  readonly expiryAfter: FileLibrary['expiryAfter'];
  readonly clock: Clock;
  readonly settings: { readonly maxUploadBytes: number };
};

const LIFE_MS = 3_600_000;
const MAX_PART_BYTES = 67_108_864;
const PURGE_BATCH = 50;
/** Parts may take twice the size of the whole, so that one whose answer was lost can be sent again. */
const SPARE_FACTOR = 2;

/** Files that come in parts. NOT_FOUND for an upload of another team, and for one that has expired. */
export function createUploadService(dependencies: UploadServiceDependencies) {
  const { uploadsOf, allUploads, unitOfWork, files, storage, clock, settings } = dependencies;

  /** @throws FORBIDDEN, PAYLOAD_TOO_LARGE */
  async function create(actor: Actor, input: CreateUploadInput): Promise<UploadRecord> {
    assertCanWriteFiles(actor);
    if (input.bytes > settings.maxUploadBytes) throw tooLarge(settings.maxUploadBytes);
    return uploadsOf(actor.teamId).insert({
      ...input,
      id: newId<UploadId>(),
      teamId: actor.teamId,
      ownerId: actor.userId,
      keepSeconds: input.keepSeconds ?? null,
      expiresAt: new Date(clock.now().getTime() + LIFE_MS).toISOString(),
    });
  }

  /** @throws FORBIDDEN, NOT_FOUND, CONFLICT for an upload that has ended, PAYLOAD_TOO_LARGE, VALIDATION_ERROR */
  async function addPart(
    actor: Actor,
    { id, content }: { readonly id: UploadId; readonly content: Readable },
    signal: AbortSignal,
  ): Promise<UploadPartRecord> {
    try {
      assertCanWriteFiles(actor);
      const upload = await getPending(actor, id);
      const maxBytes = Math.min(MAX_PART_BYTES, await roomIn(uploadsOf(actor.teamId), upload));
      if (maxBytes <= 0) throw noRoom(upload);
      const detectType = async () => 'application/octet-stream';
      const input = { name: upload.name, content, maxBytes, detectType };
      const stored = await files.store(actor, input, signal);
      return await insertPart(upload, {
        ...stored,
        id: newId<UploadPartId>(),
        uploadId: upload.id,
      });
    } finally {
      content.destroy();
    }
  }

  async function insertPart(upload: UploadRecord, part: UploadPart): Promise<UploadPartRecord> {
    try {
      return await unitOfWork.run(teamScope(upload.teamId), async ({ uploads }) => {
        if (!(await uploads.lockPending(upload.id))) throw hasEnded(upload.id);
        if ((await roomIn(uploads, upload)) < part.bytes) throw noRoom(upload);
        return uploads.insertPart(part);
      });
    } catch (error) {
      await files.discard(part);
      throw error;
    }
  }

  /**
   * Makes a file of the parts, in the order given.
   * @throws FORBIDDEN, NOT_FOUND, CONFLICT, VALIDATION_ERROR, UNSUPPORTED_MEDIA_TYPE, STORAGE_FULL
   */
  async function complete(
    actor: Actor,
    input: {
      readonly id: UploadId;
      readonly partIds: readonly UploadPartId[];
      readonly md5: string | undefined;
    },
    signal: AbortSignal,
  ): Promise<CompletedUpload> {
    assertCanWriteFiles(actor);
    const upload = await getPending(actor, input.id);
    const parts = pickParts(await uploadsOf(actor.teamId).listParts(upload.id), input.partIds);
    assertWhole(upload, parts);
    const joined = joinParts(parts, storage);
    const { name, bytes: maxBytes } = upload;
    const detectType = (head: Uint8Array) => detectContentType(head, name);
    const content = joined.content;
    const stored = await files.store(actor, { name, content, maxBytes, detectType }, signal);
    const { parts: used, ...completed } = await keepOrDiscard(upload, stored, () => {
      if (input.md5 !== undefined && input.md5 !== joined.md5()) throw wrongChecksum();
    });
    await discardAll(used);
    return completed;
  }

  async function keepOrDiscard(upload: UploadRecord, stored: StoredFile, check: () => void) {
    const { purpose, keepSeconds } = upload;
    try {
      check();
      assertFitsPurpose({ ...stored, purpose });
      const expiresAt = dependencies.expiryAfter(keepSeconds ?? undefined);
      return await finish(upload, { ...stored, purpose, expiresAt });
    } catch (error) {
      await files.discard(stored);
      throw error;
    }
  }

  async function finish({ id, teamId }: UploadRecord, file: StoredFile) {
    return unitOfWork.run(teamScope(teamId), async (bound) => {
      if (!(await bound.uploads.lockPending(id))) throw hasEnded(id);
      const inserted = await bound.files.insert(file);
      const parts = await bound.uploads.removeParts(id);
      const upload = await bound.uploads.end(id, { status: 'completed', fileId: file.id });
      return { upload, file: inserted, parts };
    });
  }

  /** @throws FORBIDDEN, NOT_FOUND, CONFLICT for an upload that has ended */
  async function cancel(actor: Actor, { id }: { readonly id: UploadId }): Promise<UploadRecord> {
    assertCanWriteFiles(actor);
    await getPending(actor, id);
    const { upload, parts } = await unitOfWork.run(teamScope(actor.teamId), async ({ uploads }) => {
      if (!(await uploads.lockPending(id))) throw hasEnded(id);
      const removed = await uploads.removeParts(id);
      return {
        upload: await uploads.end(id, { status: 'cancelled', fileId: null }),
        parts: removed,
      };
    });
    await discardAll(parts);
    return upload;
  }

  /** Forgets uploads whose time is over, with the parts of those that were never completed. */
  async function purgeExpired(signal: AbortSignal): Promise<void> {
    for (const { id, teamId } of await allUploads().listExpired(PURGE_BATCH)) {
      signal.throwIfAborted();
      const parts = await unitOfWork.run(teamScope(teamId), async ({ uploads }) => {
        const removed = await uploads.removeParts(id);
        await uploads.remove(id);
        return removed;
      });
      await discardAll(parts);
    }
  }

  async function getPending(actor: Actor, id: UploadId): Promise<UploadRecord> {
    const upload = await uploadsOf(actor.teamId).find(id);
    if (!upload) throw notFound('upload', id);
    if (upload.status !== 'pending') throw hasEnded(id);
    return upload;
  }

  async function discardAll(parts: readonly UploadPart[]): Promise<void> {
    for (const part of parts) await files.discard(part);
  }

  return { create, addPart, complete, cancel, purgeExpired };
}

async function roomIn(
  uploads: Pick<UploadsRepository, 'listParts'>,
  { id, bytes }: UploadRecord,
): Promise<number> {
  return bytes * SPARE_FACTOR - sizeOf(await uploads.listParts(id));
}

function sizeOf(parts: readonly UploadPart[]): number {
  return parts.reduce((sum, { bytes }) => sum + bytes, 0);
}

function pickParts(
  parts: readonly UploadPartRecord[],
  ids: readonly UploadPartId[],
): readonly UploadPartRecord[] {
  if (new Set(ids).size < ids.length) throw wrongParts('A part can be named only once');
  const byId = new Map(parts.map((part) => [part.id, part]));
  return ids.map((id) => {
    const part = byId.get(id);
    if (!part) throw wrongParts(`The upload has no part "${id}"`);
    return part;
  });
}

function assertWhole({ bytes }: UploadRecord, parts: readonly UploadPart[]): void {
  const size = sizeOf(parts);
  if (size === bytes) return;
  throw wrongParts(`The parts have ${size} bytes together, and the upload was to have ${bytes}`);
}

function wrongParts(message: string): AppError {
  return invalid([{ field: 'part_ids', message }], 'upload.wrong_parts');
}

function wrongChecksum(): AppError {
  const message = 'Is not the MD5 of what was uploaded';
  return invalid([{ field: 'md5', message }], 'upload.wrong_checksum');
}

function noRoom({ bytes }: UploadRecord): AppError {
  const message = `The parts are more than an upload of ${bytes} bytes can need`;
  return new AppError('too_large', message, { reason: 'upload.too_many_bytes' });
}

function hasEnded(id: UploadId): AppError {
  return new AppError('conflict', `The upload "${id}" was completed or cancelled`, {
    reason: 'upload.ended',
  });
}

function tooLarge(maxBytes: number): AppError {
  return new AppError('too_large', `A file can have at most ${maxBytes} bytes`, {
    reason: 'file.too_large',
    details: { max_bytes: maxBytes },
  });
}
