import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { createDocumentParser, type DocumentParserOptions } from './document-parser.ts';
import {
  DOCX,
  HTML,
  MARKDOWN,
  PDF,
  PLAIN_TEXT,
  type DocumentMimeType,
} from './document-mime-type.ts';
import { DEFAULT_PARSE_LIMITS } from './parse-limits.ts';
import type { DocumentParser, ParsedBlock } from './parsed-document.ts';
import { buildArchive } from './testing/build-archive.ts';
import { buildDocx } from './testing/build-docx.ts';
import { buildPdf } from './testing/build-pdf.ts';

const MEBIBYTE = 1024 * 1024;
const NEVER = new AbortController().signal;
const opened: DocumentParser[] = [];

function open(options: DocumentParserOptions = {}): DocumentParser {
  const parser = createDocumentParser(options);
  opened.push(parser);
  return parser;
}

afterEach(async () => {
  await Promise.all(opened.splice(0).map((parser) => parser.close()));
});

async function* inParts(bytes: Buffer) {
  for (let at = 0; at < bytes.length; at += 64 * 1024) yield bytes.subarray(at, at + 64 * 1024);
}

function sourceOf(content: string | Buffer, mimeType: DocumentMimeType) {
  const bytes = Buffer.from(content);
  return { mimeType, content: inParts(bytes), sizeBytes: bytes.length };
}

async function read(parser: DocumentParser, content: string | Buffer, mimeType: DocumentMimeType) {
  const document = await parser.parse(sourceOf(content, mimeType), NEVER);
  const blocks: ParsedBlock[] = await Array.fromAsync(document.blocks);
  return { document, blocks, text: blocks.map((block) => block.text).join('') };
}

function failure(reason: string) {
  return { name: 'AppError', kind: 'invalid', options: { reason } };
}

describe('a parser', () => {
  it('gives blocks with their places in the extracted text, pages and progress', async () => {
    const { document, blocks, text } = await read(
      open(),
      readFileSync('examples/handbook.pdf'),
      PDF,
    );
    expect(document.pageCount).toBe(6);
    expect(document.progress()).toBe(1);
    for (const block of blocks) expect(text.startsWith(block.text, block.startOffset)).toBe(true);
  });

  it('strips what a database cannot hold', async () => {
    const { text } = await read(open(), '<p>a\u0000b&#0;c&#xD800;d</p>', HTML);
    expect(text.isWellFormed()).toBe(true);
    expect(text).not.toContain('\0');
  });

  it('uses one thread for document after document, in the order in which they came', async () => {
    const parser = open();
    const texts = await Promise.all(
      ['one', 'two', 'three'].map((text) => read(parser, text, PLAIN_TEXT)),
    );
    expect(texts.map(({ text }) => text)).toEqual(['one', 'two', 'three']);
  });

  it('stops at once when aborted, and parses the next document', async () => {
    const parser = open();
    const aborter = new AbortController();
    const endless = {
      mimeType: PLAIN_TEXT,
      sizeBytes: 1,
      content: forever('Words and words.\n\n'),
    };
    const document = await parser.parse(endless, aborter.signal);
    const reading = (async () => {
      for await (const block of document.blocks) if (block.startOffset > MEBIBYTE) aborter.abort();
    })();
    await expect(reading).rejects.toMatchObject({ name: 'AbortError' });
    expect((await read(parser, 'next', PLAIN_TEXT)).text).toBe('next');
  });

  it('gives its turn up when the reader leaves early', async () => {
    const parser = open();
    const { blocks } = await parser.parse(sourceOf('a\n\nb'.repeat(99), PLAIN_TEXT), NEVER);
    for await (const block of blocks) if (block.startOffset === 0) break;
    expect((await read(parser, 'next', PLAIN_TEXT)).text).toBe('next');
  });

  it('passes on what went wrong with the content itself', async () => {
    const parser = open();
    const parsing = async () => {
      const { blocks } = await parser.parse(
        { mimeType: PLAIN_TEXT, sizeBytes: 9, content: broken() },
        NEVER,
      );
      await Array.fromAsync(blocks);
    };
    await expect(parsing()).rejects.toThrow('storage is gone');
  });

  it('does not wait for a turn longer than its signal', async () => {
    const parser = open();
    const first = await parser.parse(sourceOf('a', PLAIN_TEXT), NEVER);
    const aborter = new AbortController();
    const second = parser.parse(sourceOf('b', PLAIN_TEXT), aborter.signal);
    aborter.abort();
    await expect(second).rejects.toMatchObject({ name: 'AbortError' });
    expect(await Array.fromAsync(first.blocks)).toHaveLength(1);
  });

  it('does its work outside of this thread', async () => {
    const docx = buildDocx({
      paragraphs: Array.from({ length: 20_000 }, (_, index) => `Words ${index}.`),
    });
    const parser = open();
    const [process0, thread0] = [process.cpuUsage(), process.threadCpuUsage()];
    const { blocks } = await read(parser, docx, DOCX);
    const [whole, thread] = [process.cpuUsage(process0), process.threadCpuUsage(thread0)];
    expect(blocks).toHaveLength(20_000);
    expect(thread.user + thread.system).toBeLessThan((whole.user + whole.system) / 3);
  });

  it('keeps memory flat however long the text is', async () => {
    const parser = open();
    await read(parser, 'warm', PLAIN_TEXT);
    const before = process.memoryUsage.rss();
    let peak = before;
    let length = 0;
    const paragraph = Buffer.from(
      `${'The quick brown fox jumps over the lazy dog. '.repeat(20)}\n\n`,
    );
    const sizeBytes = 20 * MEBIBYTE;
    const source = { mimeType: MARKDOWN, sizeBytes, content: repeated(paragraph, sizeBytes) };
    for await (const block of (await parser.parse(source, NEVER)).blocks) {
      length += block.text.length;
      peak = Math.max(peak, process.memoryUsage.rss());
    }
    expect(length).toBeGreaterThanOrEqual(sizeBytes);
    expect((peak - before) / MEBIBYTE).toBeLessThan(150);
  });
});

describe('hostile documents', () => {
  const encryption = `/ID [<00><00>] /Encrypt << /Filter /Standard /V 1 /R 2 /P -4 /O <${'ab'.repeat(32)}> /U <${'cd'.repeat(32)}> >>`;
  const manyPages = buildPdf({ pageCount: 6_000, kids: '3 0 R '.repeat(6_000) });
  const limits = { ...DEFAULT_PARSE_LIMITS, archiveBytes: 20 * MEBIBYTE, archiveEntries: 1_000 };
  const bomb = Buffer.alloc(30 * MEBIBYTE, ' ');
  const entities = [...'bcdefghij'].map(
    (name, index) => `<!ENTITY ${name} "${`&${'abcdefghi'[index]};`.repeat(10)}">`,
  );
  const laughs = `<!DOCTYPE l [<!ENTITY a "lol">${entities.join('')}]>`;
  const many = Array.from({ length: 2_000 }, (_, index) => ({ name: `x/${index}`, content: '' }));

  it.each<[string, string, DocumentMimeType, () => Buffer]>([
    ['nothing at all', 'empty_file', PLAIN_TEXT, () => Buffer.alloc(0)],
    ['nothing but spaces', 'no_text', PLAIN_TEXT, () => Buffer.from(' \n\n ')],
    [
      'a page without text',
      'no_text',
      PDF,
      () => buildPdf({ contentStream: Buffer.from('0 0 m') }),
    ],
    [
      'a PDF cut off',
      'damaged',
      PDF,
      () => readFileSync('examples/handbook.pdf').subarray(0, 3_000),
    ],
    ['an encrypted PDF', 'encrypted', PDF, () => buildPdf({ trailer: () => encryption })],
    [
      'a PDF that claims a million pages',
      'too_many_pages',
      PDF,
      () => buildPdf({ pageCount: 1_000_000 }),
    ],
    ['a PDF of 6,000 pages', 'too_many_pages', PDF, () => manyPages],
    ['a Word document cut off', 'damaged', DOCX, () => buildDocx({}).subarray(0, 300)],
    [
      'an archive without a document',
      'damaged',
      DOCX,
      () => buildArchive([{ name: 'word/a', content: '' }]),
    ],
    [
      'a bomb',
      'archive_too_large',
      DOCX,
      () => buildDocx({ extraEntries: [{ name: 'a', content: bomb }] }),
    ],
    [
      'a bomb that lies',
      'archive_too_large',
      DOCX,
      () => buildDocx({ extraEntries: [{ name: 'a', content: bomb, statedBytes: 9 }] }),
    ],
    ['too many entries', 'archive_too_large', DOCX, () => buildDocx({ extraEntries: many })],
    [
      'a billion laughs',
      'archive_too_large',
      DOCX,
      () => buildDocx({ prolog: laughs, paragraphs: ['&j;'] }),
    ],
    [
      'an entry outside the archive',
      'damaged',
      DOCX,
      () => buildDocx({ extraEntries: [{ name: '../../x', content: '' }] }),
    ],
    [
      'elements nested too deep',
      'too_deep',
      DOCX,
      () => buildDocx({ paragraphs: ['<w:r>'.repeat(20_000)] }),
    ],
  ])('%s fails as %s', async (...row) => {
    const [, reason, mimeType, build] = row;
    await expect(read(open({ limits }), build(), mimeType)).rejects.toMatchObject(failure(reason));
  });

  it('a chain of tables that bites its own tail ends', async () => {
    const loop = buildPdf({ trailer: (offset) => `/Prev ${offset}` });
    expect((await read(open(), loop, PDF)).text).toBe('Hello.\n\n');
  });

  it('an archive within the archive stays packed', async () => {
    const inner = buildArchive([{ name: 'z', content: bomb }]);
    const docx = buildDocx({ extraEntries: [{ name: 'word/inner.zip', content: inner }] });
    expect((await read(open(), docx, DOCX)).text).toBe('Hello.\n\n');
  });

  it('an external entity is never fetched', async () => {
    let hits = 0;
    const tripwire = createServer((_, response) => {
      hits += 1;
      response.end();
    });
    await new Promise<void>((resolve) => tripwire.listen(0, '127.0.0.1', resolve));
    const address = tripwire.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const prolog = `<!DOCTYPE w [<!ENTITY x SYSTEM "http://127.0.0.1:${port}/x">]>`;
    await expect(
      read(open(), buildDocx({ prolog, paragraphs: ['&x;'] }), DOCX),
    ).rejects.toMatchObject({
      kind: 'invalid',
    });
    await read(open(), `<!DOCTYPE html><img src="http://127.0.0.1:${port}/x"><p>Hi</p>`, HTML);
    tripwire.close();
    expect(hits).toBe(0);
  });

  it('a stream that unpacks without end is stopped by its memory', async () => {
    const parser = open({ limits: { ...DEFAULT_PARSE_LIMITS, memoryBytes: 64 * MEBIBYTE } });
    const pdf = buildPdf({ contentStream: Buffer.alloc(200 * MEBIBYTE, ' ') });
    await expect(read(parser, pdf, PDF)).rejects.toMatchObject(failure('parse_memory'));
    expect((await read(parser, 'next', PLAIN_TEXT)).text).toBe('next');
  });

  it('a document that fills the heap is stopped by its memory', async () => {
    const parser = open({ limits: { ...DEFAULT_PARSE_LIMITS, memoryBytes: 32 * MEBIBYTE } });
    const docx = buildDocx({ paragraphs: Array.from({ length: 100_000 }, () => 'a') });
    await expect(read(parser, docx, DOCX)).rejects.toMatchObject(failure('parse_memory'));
    expect((await read(parser, 'next', PLAIN_TEXT)).text).toBe('next');
  });

  it('a document that takes too long is killed', async () => {
    const parser = open({ limits: { ...DEFAULT_PARSE_LIMITS, timeMs: 500 } });
    const endless = { mimeType: PLAIN_TEXT, sizeBytes: 1, content: forever(' ') };
    const reading = async () => Array.fromAsync((await parser.parse(endless, NEVER)).blocks);
    await expect(reading()).rejects.toMatchObject(failure('parse_timeout'));
  });
});

async function* broken(): AsyncGenerator<Uint8Array> {
  yield Buffer.from('a');
  throw new Error('storage is gone');
}

async function* forever(text: string): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text.repeat(4_096));
  for (;;) yield bytes;
}

async function* repeated(bytes: Uint8Array, sizeBytes: number): AsyncGenerator<Uint8Array> {
  for (let sent = 0; sent < sizeBytes; sent += bytes.length) yield bytes;
}
