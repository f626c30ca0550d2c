import { posix } from 'node:path';
import { ParseError } from '../parse-error.ts';
import type { ParseLimits } from '../parse-limits.ts';
import type { Archive } from './archive.ts';
import { readXml } from './xml-reader.ts';

const CONTAINER = 'META-INF/container.xml';
const CHAPTER_TYPES = new Set(['application/xhtml+xml', 'text/html']);

/** The paths of a book's chapters in the order of reading. @throws ParseError `damaged` */
export async function listChapters(
  archive: Archive,
  limits: ParseLimits,
): Promise<readonly string[]> {
  const rootPart = await findPackage(archive, limits);
  const items = new Map<string, string>();
  const chapters: string[] = [];
  const handler = {
    open(name: string, attributes: Readonly<Record<string, string>>): void {
      const { id = '', href = '', idref = '', 'media-type': type = '' } = attributes;
      if (name === 'item' && CHAPTER_TYPES.has(type)) items.set(id, href);
      const chapter = name === 'itemref' ? items.get(idref) : undefined;
      if (chapter) chapters.push(resolvePath(rootPart, chapter));
    },
  };
  await readXml(archive.read(rootPart), handler, limits);
  return chapters;
}

async function findPackage(archive: Archive, limits: ParseLimits): Promise<string> {
  let path: string | undefined;
  const handler = {
    open(name: string, attributes: Readonly<Record<string, string>>): void {
      if (name === 'rootfile') path ??= attributes['full-path'];
    },
  };
  await readXml(archive.read(CONTAINER), handler, limits);
  if (!path || !archive.has(path)) throw new ParseError('damaged');
  return path;
}

function resolvePath(rootPart: string, href: string): string {
  const [path = ''] = href.split('#');
  return posix.join(posix.dirname(rootPart), decodePath(path));
}

function decodePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
