import { extname } from 'node:path';

const UNKNOWN = 'application/octet-stream';
const PLAIN_TEXT = 'text/plain';
const MARKUP = /^\s*(?:<!--[\s\S]*?-->\s*)*<(?:!doctype\s+html|html|head|body|script)\b/i;
const SVG = /^\s*(?:<\?xml[\s\S]*?\?>\s*|<!--[\s\S]*?-->\s*|<!doctype\s+svg[\s\S]*?>\s*)*<svg\b/i;
// oxlint-disable-next-line no-control-regex -- controls are what tells binary data from text
const BINARY_CHARACTERS = /[\u0000-\u0008\u000e-\u001a\u001c-\u001f]/;
const JSON_START = /^\s*[[{]/;

/** Kinds of text that look alike, so that the name decides among them, and among nothing else. */
const TEXT_TYPES: Readonly<Record<string, string>> = {
  '.csv': 'text/csv',
  '.eml': 'message/rfc822',
  '.md': 'text/markdown',
  '.markdown': 'text/markdown',
};
const JSON_TYPES: Readonly<Record<string, string>> = {
  '.json': 'application/json',
  '.jsonl': 'application/jsonl',
};

/** The type told from the first bytes, whatever the name pretends. */
export async function detectContentType(head: Uint8Array, name: string): Promise<string> {
  const text = decodeText(head);
  if (text === undefined) return (await findSignature(head)) ?? UNKNOWN;
  if (SVG.test(text)) return 'image/svg+xml';
  if (MARKUP.test(text)) return 'text/html';
  // Some formats, such as PDF, may begin with nothing but text.
  const found = await findSignature(head);
  if (found) return found;
  const extension = extname(name).toLowerCase();
  const json = JSON_START.test(text) ? JSON_TYPES[extension] : undefined;
  return json ?? TEXT_TYPES[extension] ?? PLAIN_TEXT;
}

/** Undefined when the bytes are not text; a character cut off at the end is no fault. */
function decodeText(head: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(head, { stream: true });
    return BINARY_CHARACTERS.test(text) ? undefined : text;
  } catch {
    return undefined;
  }
}

/** Loads the package only when it is needed. */
async function findSignature(head: Uint8Array): Promise<string | undefined> {
  const { fileTypeFromBuffer } = await import('file-type');
  return (await fileTypeFromBuffer(head).catch(() => undefined))?.mime;
}
