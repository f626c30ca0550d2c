import { buildArchive, type ArchiveEntry } from './build-archive.ts';

type Options = {
  /** The XHTML bodies of the chapters, in the order of reading. */
  readonly chapters?: readonly string[];
  readonly prolog?: string;
  readonly extraEntries?: readonly ArchiveEntry[];
};

const DOCTYPE = '<!DOCTYPE html>';

/** A book whose chapters are listed in the order of reading, and stored in another. */
export function buildEpub({
  chapters = ['<h1>One</h1><p>Text.</p>'],
  prolog = DOCTYPE,
  extraEntries = [],
}: Options): Buffer {
  const items = chapters.map(
    (_, index) =>
      `<item id="c${index}" href="text/c%20${index}.xhtml" media-type="application/xhtml+xml"/>`,
  );
  const order = chapters.map((_, index) => `<itemref idref="c${index}"/>`);
  const parts = chapters.map((body, index) => ({
    name: `OPS/text/c ${index}.xhtml`,
    content: `<?xml version="1.0"?>${prolog}<html xmlns="http://www.w3.org/1999/xhtml"><head><title/></head><body>${body}</body></html>`,
  }));
  return buildArchive([
    { name: 'mimetype', content: 'application/epub+zip', isStored: true },
    {
      name: 'META-INF/container.xml',
      content: `<container><rootfiles><rootfile full-path="OPS/book.opf"/></rootfiles></container>`,
    },
    {
      name: 'OPS/book.opf',
      content: `<package><manifest><item id="css" href="a.css" media-type="text/css"/>${items.join('')}</manifest><spine>${order.join('')}</spine></package>`,
    },
    ...parts.toReversed(),
    ...extraEntries,
  ]);
}
