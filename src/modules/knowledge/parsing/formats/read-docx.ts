import mammoth from 'mammoth';
import { ParseError } from '../parse-error.ts';
import type { ParseLimits } from '../parse-limits.ts';
import { checkArchive } from './check-archive.ts';
import type { DraftBlock } from './draft-block.ts';
import { readHtml } from './read-html.ts';

/** Headings, paragraphs, lists and tables of a Word document; pictures are left out. */
export async function* readDocx(
  bytes: Uint8Array,
  limits: ParseLimits,
): AsyncGenerator<DraftBlock> {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  await checkArchive(buffer, limits);
  yield* readHtml(toParts(await convertToHtml(buffer)), limits, { isFirstRowHeader: true });
}

async function convertToHtml(buffer: Buffer): Promise<string> {
  try {
    const { value } = await mammoth.convertToHtml(
      { buffer },
      {
        convertImage: mammoth.images.imgElement(async () => ({ src: '' })),
        externalFileAccess: false,
        includeEmbeddedStyleMap: false,
      },
    );
    return value;
  } catch (error) {
    // What is nested too deep overflows the stack of the library.
    const isTooDeep = error instanceof RangeError && /call stack/i.test(error.message);
    throw new ParseError(isTooDeep ? 'too_deep' : 'damaged', error);
  }
}

async function* toParts(html: string): AsyncGenerator<string> {
  yield html;
}
