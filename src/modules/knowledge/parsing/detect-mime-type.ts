import { extname } from 'node:path';
import { AppError } from '#platform/errors/app-error';
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
  type DocumentMimeType,
} from './document-mime-type.ts';
import { isEmail } from './email-signature.ts';
import { hasCommonDelimiter } from './formats/find-delimiter.ts';
import { textDecoderFor } from './text-encoding.ts';

// The first kilobyte is where readers look for a PDF header, and browsers for signs of HTML.
const SIGNATURE_CHARACTERS = 1024;
/** Where an archive of each kind keeps its content. */
const ARCHIVES = [
  { mimeType: DOCX, folder: 'word/' },
  { mimeType: PPTX, folder: 'ppt/' },
  { mimeType: XLSX, folder: 'xl/' },
] as const;
const ARCHIVE_TYPES = [DOCX, PPTX, XLSX, EPUB] as const;
const FOREIGN_TEXT = /^(?:\{\\rtf|%!PS|<svg\b|<\?xml(?![\s\S]*<html\b)|<!doctype\s+svg)/i;
const HTML_START = /^<(?:!doctype\s+html|html|head|body|\?xml)\b/i;
const HTML_TAG = /<(?:html|head|body|h[1-6]|p|div|table|ul|ol|section|article|main)[\s>]/i;
const ACTIVE_MARKUP = /<(?:!doctype|html|script|svg|body)\b/i;
const MARKDOWN_SIGNS = /^(?:#{1,6} \S|```|~~~)|\]\((?:https?:|\/|#|\.)/m;
// oxlint-disable-next-line no-control-regex -- controls are what tells binary data from text
const BINARY_CHARACTERS = /[\u0000-\u0008\u000e-\u001a\u001c-\u001f]/;

/** The type told from the content; the name decides only among kinds of text. Undefined for what is not supported. */
export async function detectMimeType(
  head: Uint8Array,
  name: string,
): Promise<DocumentMimeType | undefined> {
  if (head.length === 0) {
    throw new AppError('invalid', `"${name}" is empty.`, { reason: 'empty_file' });
  }
  const signature = Buffer.from(
    head.buffer,
    head.byteOffset,
    Math.min(head.length, SIGNATURE_CHARACTERS),
  );
  const start = signature.toString('latin1');
  if (start.includes('%PDF-'))
    return start.startsWith('%PDF-') && !ACTIVE_MARKUP.test(start) ? PDF : undefined;
  const extension = extname(name).toLowerCase();
  if (isEmail(head, { isNamedSo: extension === '.eml' })) return EMAIL;
  const text = decodeText(head);
  return text === undefined ? detectBinaryType(head) : detectTextType(text, extension);
}

/** Undefined when the bytes are not text; a character cut off at the end is no fault. */
function decodeText(head: Uint8Array): string | undefined {
  try {
    const text = textDecoderFor(head, { fatal: true }).decode(head, { stream: true });
    return BINARY_CHARACTERS.test(text) ? undefined : text;
  } catch {
    return undefined;
  }
}

async function detectBinaryType(head: Uint8Array): Promise<DocumentMimeType | undefined> {
  const { fileTypeFromBuffer } = await import('file-type');
  const found = await fileTypeFromBuffer(head).catch(() => undefined);
  const told = ARCHIVE_TYPES.find((mimeType) => mimeType === found?.mime);
  if (told || found?.mime !== 'application/zip') return told;
  // A head that ends inside an entry hides the rest of the archive from the library.
  const bytes = Buffer.from(head.buffer, head.byteOffset, head.length);
  if (!bytes.includes('[Content_Types].xml')) return undefined;
  const folders = ARCHIVES.filter(({ folder }) => bytes.includes(folder));
  return folders.length === 1 ? folders[0]?.mimeType : undefined;
}

function detectTextType(text: string, extension: string): DocumentMimeType | undefined {
  const markup = skipComments(text);
  if (FOREIGN_TEXT.test(markup)) return undefined;
  if (HTML_START.test(markup)) return HTML;
  if (extension === '.txt' || extension === '.log') return PLAIN_TEXT;
  if (extension === '.md' || extension === '.markdown') return MARKDOWN;
  if (extension === '.html' || extension === '.htm') return HTML_TAG.test(text) ? HTML : PLAIN_TEXT;
  if (
    hasCommonDelimiter(text, { minimumRows: extension === '.csv' || extension === '.tsv' ? 1 : 3 })
  )
    return CSV;
  return MARKDOWN_SIGNS.test(text) ? MARKDOWN : PLAIN_TEXT;
}

/** What follows the spaces and comments that markup may begin with. */
function skipComments(text: string): string {
  let rest = text.trimStart();
  while (rest.startsWith('<!--')) {
    const end = rest.indexOf('-->');
    if (end < 0) return '';
    rest = rest.slice(end + '-->'.length).trimStart();
  }
  return rest;
}
