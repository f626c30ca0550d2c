import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { detectMimeType } from './detect-mime-type.ts';
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
import { buildArchive } from './testing/build-archive.ts';
import { buildDocx } from './testing/build-docx.ts';
import { buildEpub } from './testing/build-epub.ts';
import { buildPdf } from './testing/build-pdf.ts';
import { buildPptx } from './testing/build-pptx.ts';
import { buildXlsx } from './testing/build-xlsx.ts';

const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==',
  'base64',
);

function macros(): Buffer {
  const type = 'application/vnd.ms-word.document.macroEnabled.main+xml';
  const content = `<Types><Override PartName="/word/document.xml" ContentType="${type}"/></Types>`;
  return buildArchive([{ name: '[Content_Types].xml', content }]);
}

describe('detectMimeType', () => {
  it.each([
    ['a PDF', buildPdf({}), 'x.bin', PDF],
    ['a Word document', buildDocx({}), 'x.zip', DOCX],
    ['a Word document of another program', readFileSync('examples/warranty.docx'), 'x', DOCX],
    ['a presentation', buildPptx({}), 'x', PPTX],
    ['a workbook called a document', buildXlsx({}), 'x.docx', XLSX],
    ['a book', buildEpub({}), 'x.zip', EPUB],
    ['an e-mail', 'Received: by a\r\n\tfor b\r\nFrom: a@b.c\r\n\r\nHi', 'x', EMAIL],
    ['an e-mail by its name', 'Subject: Hi\nFrom: a@b.c\n\nHi', 'x.eml', EMAIL],
    [
      'an e-mail in Latin-1',
      Buffer.from('From: a@b.c\nMIME-Version: 1.0\n\nÜ', 'latin1'),
      'x',
      EMAIL,
    ],
    ['a note that begins like an e-mail', 'From: me\nTo: you\n\nHi', 'x.txt', PLAIN_TEXT],
    ['a name that says e-mail alone', 'Dear Bob,\n\nhi', 'x.eml', PLAIN_TEXT],
    ['text with a name that says PDF', 'Just words.', 'x.pdf', PLAIN_TEXT],
    ['text that begins like a bitmap', 'BM25 ranks documents.', 'x.txt', PLAIN_TEXT],
    ['UTF-8 with a byte order mark', '\uFEFFWörter', 'x.txt', PLAIN_TEXT],
    ['UTF-16', Buffer.from('\uFEFFWörter', 'utf16le'), 'x.txt', PLAIN_TEXT],
    ['Markdown by its name', 'Words.', 'x.md', MARKDOWN],
    ['Markdown by its headings', '# Title\n\nWords.', 'notes', MARKDOWN],
    ['HTML by its start', '<!-- hello -->\n<!DOCTYPE html><p>Hi', 'x.txt', HTML],
    ['HTML by its name and a tag', '<p>Hi</p>', 'x.html', HTML],
    ['text called HTML without a tag', 'a < b', 'x.html', PLAIN_TEXT],
    ['CSV by its name', 'name,age\nAda,36', 'x.csv', CSV],
    ['CSV by its rows', 'name;age\n"Ada; L";36\nBob;7', 'x', CSV],
    ['prose with commas', 'Well, yes.\nNo, no, no.\nMaybe.', 'x', PLAIN_TEXT],
  ])('tells %s', async (...row) => {
    const [, content, name, expected] = row;
    expect(await detectMimeType(Buffer.from(content), name)).toBe(expected);
  });

  it.each([
    ['a picture called PDF', PNG, 'x.pdf'],
    [
      'SVG with a script',
      '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
      'x.svg',
    ],
    ['SVG behind an XML declaration', '<?xml version="1.0"?><svg></svg>', 'x.html'],
    [
      'HTML that is a PDF too',
      `<html><!-- ${buildPdf({}).toString('latin1')} --></html>`,
      'x.html',
    ],
    ['a PDF that is HTML too', '%PDF-1.4\n<html><script>alert(1)</script></html>', 'x.pdf'],
    ['any other archive', buildArchive([{ name: 'a.txt', content: 'x' }]), 'x.docx'],
    ['an archive that calls itself Word with macros', macros(), 'x.docx'],
    ['RTF', '{\\rtf1 Hello}', 'x.txt'],
    ['bytes that are no text', Buffer.from([0x89, 0xff, 0x13, 0x00, 0xd8]), 'x.txt'],
    ['text with NUL', 'a\0b', 'x.txt'],
    ['Latin-1', Buffer.from('Wörter', 'latin1'), 'x.txt'],
  ])('does not support %s', async (_, content, name) => {
    expect(await detectMimeType(Buffer.from(content), name)).toBeUndefined();
  });

  it('accepts a head that ends inside a character', async () => {
    expect(await detectMimeType(Buffer.from('Grüße').subarray(0, 3), 'x.txt')).toBe(PLAIN_TEXT);
  });

  it('tells a Word document whose head ends inside its first entries', async () => {
    const whole = readFileSync('examples/warranty.docx');
    expect(await detectMimeType(whole.subarray(0, 4000), 'x.docx')).toBe(DOCX);
  });

  it('names an empty file as such', async () => {
    await expect(detectMimeType(new Uint8Array(), 'x.pdf')).rejects.toMatchObject({
      kind: 'invalid',
      options: { reason: 'empty_file' },
    });
  });

  it.each([
    ['quotes', '"'.repeat(65_536)],
    ['comments', '<!---->'.repeat(9000)],
    ['tags', '<p'.repeat(32_000)],
    ['brackets', ']('.repeat(32_000)],
  ])('takes no longer for a file of nothing but %s', async (_, content) => {
    const startedAt = performance.now();
    await detectMimeType(Buffer.from(content), 'x.html');
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });
});
