import { getDocumentProxy } from 'unpdf';
import { ParseError } from '../parse-error.ts';
import type { ParseLimits } from '../parse-limits.ts';
import type { DraftBlock, FormatReader } from './draft-block.ts';
import { createPdfBlocks } from './pdf-blocks.ts';
import { toLines } from './pdf-lines.ts';
import { readOutline } from './pdf-outline.ts';

type PdfDocument = Awaited<ReturnType<typeof getDocumentProxy>>;

const ERRORS_ONLY = 0;
const PAGE_TREE_REACH = 256;

/** Opens a PDF whose text is then read page by page. */
export async function openPdf(bytes: Uint8Array, limits: ParseLimits): Promise<FormatReader> {
  if (claimedPages(bytes) > limits.pages) throw new ParseError('too_many_pages');
  const pdf = await open(bytes);
  if (pdf.numPages > limits.pages) throw new ParseError('too_many_pages');
  let pagesRead = 0;
  async function* readPages(): AsyncGenerator<DraftBlock> {
    const blocks = createPdfBlocks(await readOutline(pdf));
    for (let page = 1; page <= pdf.numPages; page += 1) {
      yield* blocks.readPage(page, await readPage(pdf, page));
      pagesRead = page;
    }
    await pdf.loadingTask.destroy();
  }
  return { pageCount: pdf.numPages, blocks: readPages(), progress: () => pagesRead / pdf.numPages };
}

async function open(bytes: Uint8Array): Promise<PdfDocument> {
  try {
    return await getDocumentProxy(bytes, { verbosity: ERRORS_ONLY });
  } catch (error) {
    const isProtected = error instanceof Error && error.name === 'PasswordException';
    throw new ParseError(isProtected ? 'encrypted' : 'damaged', error);
  }
}

async function readPage(pdf: PdfDocument, number: number) {
  try {
    const page = await pdf.getPage(number);
    const { items } = await page.getTextContent();
    page.cleanup();
    return toLines(items);
  } catch (error) {
    throw new ParseError('damaged', error);
  }
}

/**
 * The most pages that a page tree in the file's plain parts claims. The library counts for itself where the claim
 * is false, which takes it long; a file that claims too many is refused either way.
 */
function claimedPages(bytes: Uint8Array): number {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let most = 0;
  for (let at = buffer.indexOf('/Count'); at >= 0; at = buffer.indexOf('/Count', at + 1)) {
    const around = buffer.toString(
      'latin1',
      Math.max(0, at - PAGE_TREE_REACH),
      at + PAGE_TREE_REACH,
    );
    const count = Number(/^\/Count\s+(\d+)/.exec(around.slice(Math.min(at, PAGE_TREE_REACH)))?.[1]);
    if (/\/Type\s*\/Pages\b/.test(around) && count > most) most = count;
  }
  return most;
}
