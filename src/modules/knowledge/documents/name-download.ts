import { extname, posix } from 'node:path';
import { parse as parseDisposition } from 'content-disposition';
import { Parser } from 'htmlparser2';
import type { HttpDownload } from '#platform/http-client/http-client';
import { sanitizeFileName } from '#platform/http/multipart';

/** Kinds of text that are told apart by their name alone. */
const EXTENSIONS: Readonly<Record<string, string>> = {
  'text/html': '.html',
  'application/xhtml+xml': '.html',
  'text/markdown': '.md',
  'text/csv': '.csv',
  'text/plain': '.txt',
  'message/rfc822': '.eml',
};
const HTML_TYPES = new Set(['text/html', 'application/xhtml+xml']);
const MAX_TITLE_LENGTH = 200;

/** What a document from an address is called: as its server says, by the title of a page, or by the last of its path. */
export function nameDownload(
  { headers, url }: Pick<HttpDownload, 'headers' | 'url'>,
  head: Buffer,
): string {
  const type = mediaTypeOf(headers['content-type']);
  const title = HTML_TYPES.has(type) ? titleOf(head) : '';
  const candidates = [fileNameOf(headers['content-disposition']), title, pathNameOf(url)];
  const { hostname } = new URL(url);
  const name = candidates.map(sanitizeFileName).find((candidate) => candidate !== '') ?? hostname;
  const extension = EXTENSIONS[type] ?? '';
  const isNamed = name !== sanitizeFileName(title) && extname(name) !== '';
  return isNamed ? name : `${name}${extension}`;
}

function mediaTypeOf(header: string | string[] | undefined): string {
  return typeof header === 'string' ? (header.split(';', 1)[0] ?? '').trim().toLowerCase() : '';
}

function fileNameOf(header: string | string[] | undefined): string {
  if (typeof header !== 'string') return '';
  try {
    return parseDisposition(header).parameters['filename'] ?? '';
  } catch {
    return '';
  }
}

function pathNameOf(url: string): string {
  const base = posix.basename(new URL(url).pathname);
  try {
    return decodeURIComponent(base);
  } catch {
    return base;
  }
}

function titleOf(head: Buffer): string {
  let title = '';
  let isTitle = false;
  const parser = new Parser({
    onopentagname: (name) => (isTitle = name === 'title' && title === ''),
    onclosetag: () => (isTitle = false),
    ontext(text) {
      if (isTitle) title += text;
    },
  });
  parser.end(head.toString('utf8'));
  const line = title.replaceAll(/[\s/\\]+/g, ' ').trim();
  return line.slice(0, MAX_TITLE_LENGTH);
}
