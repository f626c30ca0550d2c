import { CSV, DOCX, HTML, MARKDOWN, PDF, PLAIN_TEXT } from './document-mime-type.ts';
import type { FormatReader } from './formats/draft-block.ts';
import type { ParserRequest } from './parser-protocol.ts';
import { decodeText } from './text-encoding.ts';

export type ReadOptions = Extract<ParserRequest, { kind: 'start' }>;

/** Opens a document of any format. Text is read as it streams in; the archives of PDF and DOCX only whole. */
export async function readDocument(
  content: AsyncIterable<Uint8Array>,
  { mimeType, sizeBytes, limits }: ReadOptions,
): Promise<FormatReader> {
  switch (mimeType) {
    case PDF: {
      const { openPdf } = await import('./formats/read-pdf.ts');
      return openPdf(await collect(content, sizeBytes), limits);
    }
    case DOCX: {
      const { readDocx } = await import('./formats/read-docx.ts');
      return { pageCount: null, blocks: readDocx(await collect(content, sizeBytes), limits) };
    }
    case HTML: {
      const { readHtml } = await import('./formats/read-html.ts');
      return { pageCount: null, blocks: readHtml(decodeText(content)) };
    }
    case CSV: {
      const { readCsv } = await import('./formats/read-csv.ts');
      return { pageCount: null, blocks: readCsv(decodeText(content)) };
    }
    case MARKDOWN: {
      const { readMarkdown } = await import('./formats/read-markdown.ts');
      return { pageCount: null, blocks: readMarkdown(decodeText(content)) };
    }
    case PLAIN_TEXT: {
      const { readPlainText } = await import('./formats/read-plain-text.ts');
      return { pageCount: null, blocks: readPlainText(decodeText(content)) };
    }
  }
}

async function collect(content: AsyncIterable<Uint8Array>, sizeBytes: number): Promise<Uint8Array> {
  const whole = new Uint8Array(sizeBytes);
  let length = 0;
  for await (const bytes of content) {
    whole.set(bytes, length);
    length += bytes.length;
  }
  return whole.subarray(0, length);
}
