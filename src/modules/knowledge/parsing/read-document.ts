import {
  CSV,
  DOCX,
  EMAIL,
  EPUB,
  HTML,
  MARKDOWN,
  PDF,
  PLAIN_TEXT,
  PPTX,
  XLSX,
} from './document-mime-type.ts';
import type { FormatReader } from './formats/draft-block.ts';
import type { ParserRequest } from './parser-protocol.ts';
import { decodeText } from './text-encoding.ts';

export type ReadOptions = Extract<ParserRequest, { kind: 'start' }>;

/** Opens a document of any format. Text is read as it streams in; a PDF, an archive and an e-mail only whole. */
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
    case PPTX: {
      const { openPptx } = await import('./formats/read-pptx.ts');
      return openPptx(await collect(content, sizeBytes), limits);
    }
    case XLSX: {
      const { readXlsx } = await import('./formats/read-xlsx.ts');
      return { pageCount: null, blocks: readXlsx(await collect(content, sizeBytes), limits) };
    }
    case EPUB: {
      const { openEpub } = await import('./formats/read-epub.ts');
      return openEpub(await collect(content, sizeBytes), limits);
    }
    case EMAIL: {
      const { readEmail } = await import('./formats/read-email.ts');
      return { pageCount: null, blocks: readEmail(await collect(content, sizeBytes), limits) };
    }
    case HTML: {
      const { readHtml } = await import('./formats/read-html.ts');
      return { pageCount: null, blocks: readHtml(decodeText(content), limits) };
    }
    case CSV: {
      const { readCsv } = await import('./formats/read-csv.ts');
      return { pageCount: null, blocks: readCsv(decodeText(content), limits) };
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
