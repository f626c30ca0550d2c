import { once } from 'node:events';
import { createDeflate } from 'node:zlib';
import type { ParseFailure } from '../parsed-document.ts';
import { buildArchive, type ArchiveEntry } from './build-archive.ts';
import { buildDocx } from './build-docx.ts';
import { buildEpub } from './build-epub.ts';
import { buildPdf } from './build-pdf.ts';
import { buildPptx, shape } from './build-pptx.ts';
import { buildXlsx, textRow } from './build-xlsx.ts';

export type HostileDocument = {
  readonly name: string;
  readonly fileName: string;
  /** How its ingestion ends: as failed with a reason, or as ready where there is no harm in it. */
  readonly outcome: ParseFailure | 'ready';
  /** The tripwire is an address that nothing may call. */
  build(tripwire: string): Buffer | Promise<Buffer>;
};

const MEBIBYTE = 1024 * 1024;
const GIBIBYTE = 1024 * MEBIBYTE;
const ENCRYPTION = `/ID [<00><00>] /Encrypt << /Filter /Standard /V 1 /R 2 /P -4 /O <${'ab'.repeat(32)}> /U <${'cd'.repeat(32)}> >>`;
const LAUGHS = [...'bcdefghij']
  .map((name, at) => `<!ENTITY ${name} "${`&${'abcdefghi'[at]};`.repeat(10)}">`)
  .join('');
const laughsFor = (root: string) => `<!DOCTYPE ${root} [<!ENTITY a "lol">${LAUGHS}]>`;
const fetching = (root: string, url: string) => `<!DOCTYPE ${root} [<!ENTITY j SYSTEM "${url}">]>`;
const zeros = (bytes: number): ArchiveEntry => ({ name: 'zeros', content: Buffer.alloc(bytes) });
const manyEntries = (count: number): ArchiveEntry[] =>
  Array.from({ length: count }, (_, at) => ({ name: `x/${at}`, content: '', isStored: true }));
const lie: ArchiveEntry = {
  name: 'word/lie.xml',
  content: Buffer.alloc(30 * MEBIBYTE),
  statedBytes: 9,
};
const claim: ArchiveEntry = { name: 'claim', content: '', statedBytes: 2 ** 32 - 2 };

/** Documents that were made to do harm, of each format. */
export const HOSTILE_DOCUMENTS: readonly HostileDocument[] = [
  ...hostileArchives(),
  ...hostileXml(),
  ...hostilePdfs(),
  ...hostileText(),
];

function hostileArchives(): readonly HostileDocument[] {
  return [
    archive('a bomb', 'x.docx', () => buildDocx({ extraEntries: [zeros(210 * MEBIBYTE)] })),
    archive('a bomb that claims 4 GB', 'x.pptx', () => buildPptx({ extraEntries: [claim] })),
    archive('a bomb of ten layers side by side', 'x.xlsx', () =>
      buildXlsx({ extraEntries: Array.from({ length: 10 }, () => claim) }),
    ),
    archive('a bomb that lies', 'lie.docx', () => buildDocx({ extraEntries: [lie] })),
    archive('a chapter that lies', 'x.epub', () => buildEpub({ extraEntries: [claim] })),
    archive('100,000 entries', 'x.docx', () => buildDocx({ extraEntries: manyEntries(100_000) })),
    archive('20,000 entries', 'x.xlsx', () => buildXlsx({ extraEntries: manyEntries(20_000) })),
    {
      name: 'an archive in the archive',
      fileName: 'nested.docx',
      outcome: 'ready',
      build: () =>
        buildDocx({
          extraEntries: [{ name: 'word/a.zip', content: buildArchive([zeros(64 * MEBIBYTE)]) }],
        }),
    },
    {
      name: 'an entry outside of the archive',
      fileName: 'slip.pptx',
      outcome: 'damaged',
      build: () => buildPptx({ extraEntries: [{ name: '../../../tmp/slip', content: 'x' }] }),
    },
    {
      name: '5,001 slides',
      fileName: 'many.pptx',
      outcome: 'too_many_pages',
      build: () =>
        buildPptx({ slides: Array.from({ length: 5_001 }, () => shape('title', ['x'])) }),
    },
    {
      name: 'a row of 20,000 cells',
      fileName: 'wide.xlsx',
      outcome: 'too_many_cells',
      build: () =>
        buildXlsx({
          sheets: {
            Wide: textRow(
              1,
              Array.from({ length: 20_000 }, () => 'x'),
            ),
          },
        }),
    },
    {
      name: 'a cell in the last column there could be',
      fileName: 'far.xlsx',
      outcome: 'too_many_cells',
      build: () => buildXlsx({ sheets: { Far: '<row r="1"><c r="ZZZ1"><v>1</v></c></row>' } }),
    },
  ];
}

function hostileXml(): readonly HostileDocument[] {
  return [
    archive('a billion laughs', 'laughs.docx', () =>
      buildDocx({ prolog: laughsFor('w'), paragraphs: ['&j;'] }),
    ),
    archive('a billion laughs', 'laughs.xlsx', () =>
      buildXlsx({ prolog: laughsFor('worksheet'), sheets: { S: textRow(1, ['&j;', 'b']) } }),
    ),
    archive('a billion laughs', 'laughs.pptx', () =>
      buildPptx({ prolog: laughsFor('p'), slides: [shape('title', ['&j;'])] }),
    ),
    archive('an external entity', 'entity.docx', (url) =>
      buildDocx({ prolog: fetching('w', url), paragraphs: ['&j;'] }),
    ),
    archive('an external entity', 'entity.xlsx', (url) =>
      buildXlsx({ prolog: fetching('worksheet', url), sheets: { S: textRow(1, ['&j;', 'b']) } }),
    ),
    harmless('a billion laughs', 'laughs.epub', () =>
      buildEpub({ prolog: laughsFor('html'), chapters: ['<p>Text &j;</p>'] }),
    ),
    harmless('an external entity', 'entity.epub', (url) =>
      buildEpub({
        prolog: fetching('html', url),
        chapters: [`<img src="${url}"/><p>Text &j;</p>`],
      }),
    ),
    deep('20,000 runs within runs', 'deep.docx', () =>
      buildDocx({ paragraphs: ['<w:r>'.repeat(20_000)] }),
    ),
    deep('100,000 groups within groups', 'deep.pptx', () =>
      buildPptx({ slides: ['<p:grpSp>'.repeat(100_000)] }),
    ),
    deep('100,000 elements within elements', 'deep.xlsx', () =>
      buildXlsx({ sheets: { S: '<a>'.repeat(100_000) } }),
    ),
    deep('100,000 elements within elements', 'deep.epub', () =>
      buildEpub({ chapters: ['<b>'.repeat(100_000)] }),
    ),
  ];
}

function hostilePdfs(): readonly HostileDocument[] {
  return [
    {
      name: 'a PDF cut off',
      fileName: 'cut.pdf',
      outcome: 'damaged',
      build: () => buildPdf({ text: 'Cut.' }).subarray(0, 300),
    },
    harmless('a chain of tables that bites its own tail', 'loop.pdf', () =>
      buildPdf({ text: 'Loop.', trailer: (offset) => `/Prev ${offset}` }),
    ),
    {
      name: 'a million pages',
      fileName: 'pages.pdf',
      outcome: 'too_many_pages',
      build: () => buildPdf({ pageCount: 1_000_000, kids: '3 0 R '.repeat(1_000_000) }),
    },
    {
      name: 'an encrypted PDF',
      fileName: 'locked.pdf',
      outcome: 'encrypted',
      build: () => buildPdf({ trailer: () => ENCRYPTION }),
    },
    {
      name: 'a stream of 1 GB',
      fileName: 'stream.pdf',
      outcome: 'parse_memory',
      build: async () => buildPdf({ packedStream: await packSpaces(GIBIBYTE) }),
    },
  ];
}

function hostileText(): readonly HostileDocument[] {
  const mail = 'From: a@example.com\r\nMIME-Version: 1.0\r\n';
  const parts = '--b\r\nContent-Type: text/plain\r\n\r\nx\r\n'.repeat(100_000);
  const nest = (at: number) => `Content-Type: multipart/mixed; boundary=b${at}\r\n\r\n--b${at}\r\n`;
  return [
    {
      name: '100,000 parts',
      fileName: 'parts.eml',
      outcome: 'too_many_parts',
      build: () =>
        Buffer.from(`${mail}Content-Type: multipart/mixed; boundary=b\r\n\r\n${parts}--b--`),
    },
    deep('10,000 parts within parts', 'deep.eml', () =>
      Buffer.from(mail + Array.from({ length: 10_000 }, (_, at) => nest(at)).join('')),
    ),
    {
      name: 'a million columns',
      fileName: 'wide.csv',
      outcome: 'too_many_cells',
      build: () => Buffer.from(`${','.repeat(999_999)}\n1,2\n`),
    },
    {
      name: 'a quote that never ends',
      fileName: 'quote.csv',
      outcome: 'damaged',
      build: () => Buffer.from(`a,b\n1,"${'x'.repeat(3_000_000)}`),
    },
    deep('a million tags within tags', 'deep.html', () =>
      Buffer.from(`<!doctype html><p>Text</p>${'<b>'.repeat(1_000_000)}`),
    ),
    harmless('a page that asks for others', 'links.html', (url) =>
      Buffer.from(
        `<!doctype html><link rel="stylesheet" href="${url}"><iframe src="${url}"></iframe><img src="${url}"><p>Hi</p>`,
      ),
    ),
    harmless('invalid UTF-8 after a fair start', 'utf8.txt', () =>
      Buffer.concat([Buffer.from('Fair words. '.repeat(6_000)), Buffer.alloc(4_000, 0xc3)]),
    ),
    harmless('one line of 100,000 words', 'line.md', () => Buffer.from('word '.repeat(100_000))),
  ];
}

function archive(name: string, fileName: string, build: HostileDocument['build']): HostileDocument {
  return { name, fileName, outcome: 'archive_too_large', build };
}

function harmless(
  name: string,
  fileName: string,
  build: HostileDocument['build'],
): HostileDocument {
  return { name, fileName, outcome: 'ready', build };
}

function deep(name: string, fileName: string, build: HostileDocument['build']): HostileDocument {
  return { name, fileName, outcome: 'too_deep', build };
}

/** Packs without ever holding what it packs. */
async function packSpaces(bytes: number): Promise<Buffer> {
  const packer = createDeflate({ level: 1 });
  const packed: Buffer[] = [];
  packer.on('data', (part: Buffer) => packed.push(part));
  const spaces = Buffer.alloc(8 * MEBIBYTE, ' ');
  for (let written = 0; written < bytes; written += spaces.length) {
    if (!packer.write(spaces)) await once(packer, 'drain');
  }
  packer.end();
  await once(packer, 'end');
  return Buffer.concat(packed);
}
