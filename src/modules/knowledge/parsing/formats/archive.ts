import { fromBufferPromise, type Entry, type ZipFile } from 'yauzl';
import { ParseError } from '../parse-error.ts';
import type { ParseLimits } from '../parse-limits.ts';

/** The archive that an office document or a book is. */
export type Archive = {
  has(name: string): boolean;
  /** The content as it is unpacked; nothing for an entry that is not there. */
  read(name: string): AsyncIterable<Uint8Array>;
};

/**
 * Refuses an archive that says it unpacks to too much. What is read fails where a size was a lie, so no reader gets
 * more than was counted; yauzl sees to that, and to names that lead out of the archive.
 */
export async function openArchive(bytes: Uint8Array, limits: ParseLimits): Promise<Archive> {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { zip, entries } = await listEntries(buffer, limits);
  const byName = new Map(entries.map((entry) => [entry.fileName, entry]));

  async function* read(name: string): AsyncGenerator<Uint8Array> {
    const entry = byName.get(name);
    if (entry) yield* unpack(zip, entry);
  }

  return { has: (name) => byName.has(name), read };
}

/** All entries, their sizes as the archive states them. */
export async function listEntries(
  buffer: Buffer,
  limits: ParseLimits,
): Promise<{ readonly zip: ZipFile; readonly entries: readonly Entry[] }> {
  const zip = await fromBufferPromise(buffer).catch(rethrowDamaged);
  if (zip.entryCount > limits.archiveEntries) throw new ParseError('archive_too_large');
  const entries: Entry[] = [];
  let unpackedBytes = 0;
  try {
    for await (const entry of zip.eachEntry()) {
      if (entry.isEncrypted()) throw new ParseError('encrypted');
      unpackedBytes += entry.uncompressedSize;
      entries.push(entry);
      const isTooLarge =
        unpackedBytes > limits.archiveBytes || entries.length > limits.archiveEntries;
      if (isTooLarge) throw new ParseError('archive_too_large');
    }
  } catch (error) {
    rethrowDamaged(error);
  }
  return { zip, entries };
}

export async function* unpack(zip: ZipFile, entry: Entry): AsyncGenerator<Buffer> {
  try {
    yield* await zip.openReadStreamPromise(entry);
  } catch (error) {
    rethrowDamaged(error);
  }
}

function rethrowDamaged(error: unknown): never {
  if (error instanceof ParseError) throw error;
  const isLie = error instanceof Error && error.message.startsWith('too many bytes');
  throw new ParseError(isLie ? 'archive_too_large' : 'damaged', error);
}
