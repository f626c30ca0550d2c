import { fromBufferPromise, type Entry, type ZipFile } from 'yauzl';
import { ParseError } from '../parse-error.ts';
import type { ParseLimits } from '../parse-limits.ts';

const DOCUMENT_TYPE = '<!DOCTYPE';

/**
 * Refuses an archive that would unpack to too much, before anything holds it in memory. Each entry is unpacked
 * once and thrown away, since the sizes an archive states may be lies; yauzl fails where they are, and on
 * names that lead out of the archive.
 */
export async function checkArchive(buffer: Buffer, limits: ParseLimits): Promise<void> {
  const archive = await fromBufferPromise(buffer).catch(rethrowDamaged);
  if (archive.entryCount > limits.archiveEntries) throw new ParseError('archive_too_large');
  try {
    await checkEntries(archive, limits);
  } catch (error) {
    rethrowDamaged(error);
  }
}

async function checkEntries(archive: ZipFile, limits: ParseLimits): Promise<void> {
  const entries: Entry[] = [];
  let unpackedBytes = 0;
  for await (const entry of archive.eachEntry()) {
    if (entry.isEncrypted()) throw new ParseError('encrypted');
    unpackedBytes += entry.uncompressedSize;
    entries.push(entry);
    const isTooLarge =
      unpackedBytes > limits.archiveBytes || entries.length > limits.archiveEntries;
    if (isTooLarge) throw new ParseError('archive_too_large');
  }
  for (const entry of entries) await checkEntry(archive, entry);
}

/** A part of a Word document never has a document type; with one, entities could make it grow without end. */
async function checkEntry(archive: ZipFile, entry: Entry): Promise<void> {
  let seam = '';
  for await (const chunk of await archive.openReadStreamPromise(entry)) {
    if (!/\.(?:xml|rels)$/i.test(entry.fileName)) continue;
    const text = seam + withoutNul(chunk);
    if (text.includes(DOCUMENT_TYPE)) throw new ParseError('archive_too_large');
    seam = text.slice(-DOCUMENT_TYPE.length);
  }
}

/** UTF-16 reads as ASCII then. */
function withoutNul(chunk: Buffer): string {
  return chunk.toString('latin1').replaceAll('\0', '');
}

function rethrowDamaged(error: unknown): never {
  if (error instanceof ParseError) throw error;
  const isLie = error instanceof Error && error.message.startsWith('too many bytes');
  throw new ParseError(isLie ? 'archive_too_large' : 'damaged', error);
}
