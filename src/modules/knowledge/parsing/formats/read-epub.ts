import { ParseError } from '../parse-error.ts';
import type { ParseLimits } from '../parse-limits.ts';
import { decodeText } from '../text-encoding.ts';
import { openArchive, type Archive } from './archive.ts';
import type { DraftBlock, FormatReader } from './draft-block.ts';
import { listChapters } from './epub-chapters.ts';
import { readHtml } from './read-html.ts';
import { readXml } from './xml-reader.ts';

/** Ways to hide fonts, which leave the text readable. */
const FONT_HIDING = /^http:\/\/(?:www\.idpf\.org\/2008\/embedding|ns\.adobe\.com\/pdf\/enc#RC)$/;

/** The chapters of a book in the order of reading. */
export async function openEpub(bytes: Uint8Array, limits: ParseLimits): Promise<FormatReader> {
  const archive = await openArchive(bytes, limits);
  await refuseEncrypted(archive, limits);
  const chapters = await listChapters(archive, limits);
  if (chapters.length > limits.pages) throw new ParseError('too_many_pages');
  let chaptersRead = 0;
  async function* readChapters(): AsyncGenerator<DraftBlock> {
    for (const chapter of chapters) {
      const parts = decodeText(archive.read(chapter));
      yield* readHtml(parts, limits, { isBook: true });
      chaptersRead += 1;
    }
  }
  return {
    pageCount: null,
    blocks: readChapters(),
    progress: () => chaptersRead / Math.max(1, chapters.length),
  };
}

async function refuseEncrypted(archive: Archive, limits: ParseLimits): Promise<void> {
  const handler = {
    open(name: string, attributes: Readonly<Record<string, string>>): void {
      const isHidden =
        name === 'EncryptionMethod' && !FONT_HIDING.test(attributes['Algorithm'] ?? '');
      if (isHidden) throw new ParseError('encrypted');
    },
  };
  await readXml(archive.read('META-INF/encryption.xml'), handler, limits);
}
