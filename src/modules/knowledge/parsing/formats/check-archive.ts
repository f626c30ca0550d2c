import type { Entry, ZipFile } from 'yauzl';
import { ParseError } from '../parse-error.ts';
import type { ParseLimits } from '../parse-limits.ts';
import { listEntries, unpack } from './archive.ts';

const DOCUMENT_TYPE = '<!DOCTYPE';

/**
 * Refuses an archive that would unpack to too much, before a library holds it in memory. Each entry is unpacked
 * once and thrown away, since the sizes an archive states may be lies.
 */
export async function checkArchive(buffer: Buffer, limits: ParseLimits): Promise<void> {
  const { zip, entries } = await listEntries(buffer, limits);
  for (const entry of entries) await checkEntry(zip, entry);
}

/** A part of a Word document never has a document type; with one, entities could make it grow without end. */
async function checkEntry(zip: ZipFile, entry: Entry): Promise<void> {
  let seam = '';
  for await (const chunk of unpack(zip, entry)) {
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
