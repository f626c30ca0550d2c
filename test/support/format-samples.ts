import { buildDocx } from '../../src/modules/knowledge/parsing/testing/build-docx.ts';
import { buildEpub } from '../../src/modules/knowledge/parsing/testing/build-epub.ts';
import { buildPdf } from '../../src/modules/knowledge/parsing/testing/build-pdf.ts';
import { buildPptx, shape } from '../../src/modules/knowledge/parsing/testing/build-pptx.ts';
import { buildXlsx, textRow } from '../../src/modules/knowledge/parsing/testing/build-xlsx.ts';

export type FormatSample = {
  readonly format: string;
  /** Holds a word that no other sample has, by which each of its passages is found. */
  readonly name: string;
  readonly marker: string;
  readonly content: Uint8Array<ArrayBuffer>;
};

type Build = (sentences: readonly string[], marker: string) => string | Buffer;

const SENTENCES = 90;
const CHAPTER = 15;
const PLANTS = ['oak', 'fern', 'moss', 'reed', 'thistle', 'willow', 'heather'];
const TOOLS = ['lantern', 'anvil', 'compass', 'kettle', 'ledger'];

const BUILDERS: Readonly<Record<string, Build>> = {
  txt: (sentences) => sentences.join('\n\n'),
  md: (sentences, marker) => [`# About ${marker}`, ...sentences].join('\n\n'),
  html: (sentences, marker) =>
    `<!doctype html><title>${marker}</title><main><h1>About ${marker}</h1>${asParagraphs(sentences)}</main>`,
  pdf: (sentences) => buildPdf({ contentStream: drawLines(sentences) }),
  docx: (sentences) => buildDocx({ paragraphs: sentences }),
  pptx: (sentences) =>
    buildPptx({
      slides: sentences.map(
        (sentence, at) => shape('title', [`Slide ${at}`]) + shape('body', [sentence]),
      ),
    }),
  xlsx: (sentences) =>
    buildXlsx({
      sheets: {
        Sheet1: [['number', 'text'], ...sentences.map((sentence, at) => [String(at), sentence])]
          .map((cells, at) => textRow(at + 1, cells))
          .join(''),
      },
    }),
  csv: (sentences) =>
    ['number,text', ...sentences.map((sentence, at) => `${at},"${sentence}"`)].join('\n'),
  epub: (sentences) =>
    buildEpub({
      chapters: Array.from(
        { length: SENTENCES / CHAPTER },
        (_, at) =>
          `<h1>Chapter ${at}</h1>${asParagraphs(sentences.slice(at * CHAPTER, (at + 1) * CHAPTER))}`,
      ),
    }),
  eml: (sentences, marker) =>
    [
      'From: Ada <ada@example.com>',
      'To: bob@example.com',
      `Subject: ${marker}`,
      'Message-ID: <1@example.com>',
      'MIME-Version: 1.0',
      'Content-Type: text/plain; charset=utf-8',
      '',
      sentences.join('\r\n\r\n'),
    ].join('\r\n'),
};

/** A document of each format, of more passages than are written at once. */
export function buildFormatSamples(): readonly FormatSample[] {
  return Object.entries(BUILDERS).map(([format, build]) => {
    const marker = `marker${format}`;
    const content = build(writeSentences(marker), marker);
    return {
      format,
      marker,
      name: `${marker}.${format}`,
      content: Uint8Array.from(Buffer.from(content)),
    };
  });
}

/** Each about as long as the smallest passage, and unlike the others. */
function writeSentences(marker: string): readonly string[] {
  return Array.from({ length: SENTENCES }, (_, at) => {
    const plant = `${PLANTS[at % PLANTS.length]} ${at * 37}`;
    const tool = `${TOOLS[at % TOOLS.length]} ${at * 101}`;
    return `Entry ${at} of ${marker}: the ${plant} stands beside the ${tool} and nothing else.`;
  });
}

function asParagraphs(sentences: readonly string[]): string {
  return sentences.map((sentence) => `<p>${sentence}</p>`).join('');
}

function drawLines(lines: readonly string[]): Buffer {
  const shown = lines.map((line) => `(${line}) Tj T*`).join('\n');
  return Buffer.from(`BT /F1 5 Tf 7 TL 20 780 Td ${shown} ET`);
}
