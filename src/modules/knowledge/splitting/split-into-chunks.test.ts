import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CSV, HTML, MARKDOWN, PDF, type DocumentMimeType } from '../parsing/document-mime-type.ts';
import type { ParsedBlock } from '../parsing/parsed-document.ts';
import { readBlocks } from '../parsing/testing/read-blocks.ts';
import type { ChunkDraft } from './chunk-draft.ts';
import { createTokenCounter } from './count-tokens.ts';
import { splitIntoChunks } from './split-into-chunks.ts';

const countTokens = createTokenCounter();
const SIZES = { chunkSizeTokens: 512, overlapTokens: 64 };

type Sizes = typeof SIZES;

async function split(blocks: readonly Omit<ParsedBlock, 'startOffset'>[], sizes: Sizes = SIZES) {
  let startOffset = 0;
  async function* placed(): AsyncGenerator<ParsedBlock> {
    for (const block of blocks) {
      yield { ...block, startOffset };
      startOffset += block.text.length;
    }
  }
  const chunks = await Array.fromAsync(splitIntoChunks(placed(), { ...sizes, countTokens }));
  return { chunks, text: blocks.map((block) => block.text).join('') };
}

async function splitFile(content: string | Buffer, mimeType: DocumentMimeType, sizes?: Sizes) {
  return split(await readBlocks(content, mimeType), sizes);
}

function textBlock(text: string, page: number | null = null): Omit<ParsedBlock, 'startOffset'> {
  return { kind: 'text', text, page, headingPath: [] };
}

/** 200 rows of two cells. */
function cityRows(start: string, between: string, end: string): string {
  const rows = Array.from(
    { length: 200 },
    (_, at) => `${start}City ${at}${between}${at * 17} crates of tea ${at}${end}`,
  );
  return rows.join('');
}

/** What must hold of every split, whatever was split. */
function expectSound(
  chunks: readonly ChunkDraft[],
  text: string,
  { chunkSizeTokens }: Sizes,
): void {
  const isCovered = new Uint8Array(text.length);
  for (const [index, chunk] of chunks.entries()) {
    expect(chunk.ordinal).toBe(index);
    expect(chunk.content).toBe(text.slice(chunk.startOffset, chunk.endOffset));
    expect(chunk.content).toBe(chunk.content.trim());
    expect(chunk.content.isWellFormed()).toBe(true);
    expect(chunk.tokenCount).toBeLessThanOrEqual(chunkSizeTokens);
    expect(countTokens(chunk.content)).toBeLessThanOrEqual(chunkSizeTokens);
    isCovered.fill(1, chunk.startOffset, chunk.endOffset);
  }
  const lost = text.replaceAll(/\S/g, (mark, at: number) => (isCovered[at] === 1 ? ' ' : mark));
  expect(lost.trim()).toBe('');
}

describe('splitIntoChunks', () => {
  it('gives a short document whole', async () => {
    const { chunks } = await split([textBlock('Just this.\n\n')]);
    expect(chunks).toEqual([
      {
        ordinal: 0,
        content: 'Just this.',
        tokenCount: 4,
        page: null,
        startOffset: 0,
        endOffset: 10,
        headingPath: [],
      },
    ]);
  });

  it('gives nothing for nothing', async () => {
    expect((await split([textBlock(' \n\n')])).chunks).toEqual([]);
  });

  it('starts a chunk with each heading, and keeps a heading with the one below it', async () => {
    const markdown = '# A\n\n## B\n\nb.\n\n## C\n\nc.\n';
    const { chunks } = await splitFile(markdown, MARKDOWN);
    expect(chunks.map(({ content, headingPath }) => ({ content, headingPath }))).toEqual([
      { content: '# A\n\n## B\n\nb.', headingPath: ['A', 'B'] },
      { content: '## C\n\nc.', headingPath: ['A', 'C'] },
    ]);
  });

  it('never joins two pages', async () => {
    const { chunks, text } = await splitFile(readFileSync('examples/handbook.pdf'), PDF);
    expectSound(chunks, text, SIZES);
    const leave = chunks.find((chunk) => chunk.content.includes('28 days of paid leave'));
    expect(leave).toMatchObject({ page: 3, headingPath: ['Leave', 'Paid leave'] });
    expect(leave?.content).not.toContain('Illness');
  });

  it('keeps a paragraph whole where it fits', async () => {
    const paragraphs = Array.from({ length: 20 }, (_, index) =>
      textBlock(`${`Sentence ${index} of it. `.repeat(9).trim()}\n\n`),
    );
    const sizes = { chunkSizeTokens: 100, overlapTokens: 0 };
    const { chunks, text } = await split(paragraphs, sizes);
    expectSound(chunks, text, sizes);
    expect(
      chunks.every((chunk) =>
        /^Sentence (\d+) of it\.(?: Sentence \1 of it\.){8}$/.test(chunk.content),
      ),
    ).toBe(true);
  });

  it('keeps sentences whole, and repeats the last of a chunk at the start of the next', async () => {
    const sentences = Array.from({ length: 60 }, (_, index) => `This is sentence number ${index}.`);
    const sizes = { chunkSizeTokens: 60, overlapTokens: 20 };
    const { chunks, text } = await split([textBlock(sentences.join(' '))], sizes);
    expectSound(chunks, text, sizes);
    for (const chunk of chunks) {
      expect(chunk.content).toMatch(/^This .*\d\.$/);
    }
    const overlaps = chunks
      .slice(1)
      .map((chunk, index) => (chunks[index]?.endOffset ?? 0) - chunk.startOffset);
    expect(Math.min(...overlaps)).toBeGreaterThan(0);
  });

  it.each([
    [
      'Markdown',
      MARKDOWN,
      `| City | Stock |\n| --- | --- |\n${cityRows('| ', ' | ', ' |\n')}`,
      '| City | Stock |',
    ],
    [
      'HTML',
      HTML,
      `<table><tr><th>City<th>Stock${cityRows('<tr><td>', '<td>', '')}</table>`,
      'City | Stock',
    ],
  ])('begins each chunk of a long table in %s with its header', async (...row) => {
    const [, mimeType, table, header] = row;
    const { chunks, text } = await splitFile(`# Stock\n\n${table}`, mimeType);
    expectSound(chunks, text, SIZES);
    expect(chunks.length).toBeGreaterThan(2);
    for (const chunk of chunks.slice(1)) expect(chunk.content.startsWith(header)).toBe(true);
    const cities = chunks.flatMap(({ content }) => content.match(/City \d+/g) ?? []);
    expect(cities).toHaveLength(200);
  });

  it('cuts no row of a CSV file, and repeats none', async () => {
    const { chunks, text } = await splitFile(`City,Stock\n${cityRows('', ',', '\n')}`, CSV);
    expectSound(chunks, text, SIZES);
    expect(chunks.length).toBeGreaterThan(2);
    for (const { content } of chunks) expect(content).toMatch(/^City: City \d+\nStock: .*\d$/s);
    expect(chunks.flatMap(({ content }) => content.match(/City \d+/g) ?? [])).toHaveLength(200);
  });

  it('keeps code whole where it fits, and divides it between lines where it does not', async () => {
    const prose = 'Words that stand before the code. '.repeat(50);
    const code = (lines: number) =>
      `\`\`\`ts\n${Array.from({ length: lines }, (_, at) => `const value${at} = compute(${at});`).join('\n')}\n\`\`\`\n`;
    const whole = await splitFile(`${prose}\n\n${code(25)}`, MARKDOWN);
    expectSound(whole.chunks, whole.text, SIZES);
    expect(whole.chunks.at(-1)?.content).toBe(code(25).trim());
    const long = await splitFile(code(200), MARKDOWN);
    expectSound(long.chunks, long.text, SIZES);
    for (const { content } of long.chunks.slice(1)) expect(content).toMatch(/^const value\d+ = /);
  });

  it.each([
    ['English', 'The warranty begins on the day of delivery. It lasts for two years! Does it? '],
    ['German', 'Die Garantie beginnt mit dem Tag der Übergabe. Sie gilt zwei Jahre. '],
    ['Chinese', '保修期从交货之日算起。电池保修两年或五百次充电。'],
    ['Thai', 'การรับประกันเริ่มตั้งแต่วันที่ส่งมอบ และมีอายุสองปี '],
    ['faces', '👩‍👩‍👧‍👦👋🏽'],
    ['one endless word', 'a1b2'],
    ['line ends', '\n'],
    ['spaces and dots', ' . '],
    ['marks upon marks', 'e\u0301\u0323\u0308'],
  ])('loses no text, cuts no character and exceeds no size with %s', async (_, unit) => {
    const sizes = { chunkSizeTokens: 40, overlapTokens: 10 };
    const { chunks, text } = await split(
      [textBlock(unit.repeat(300)), textBlock(unit.repeat(3))],
      sizes,
    );
    expectSound(chunks, text, sizes);
  });

  it('holds for any mixture of blocks', async () => {
    const random = randomNumbers(7);
    const words = [
      'word',
      'Übermaß',
      '保修期',
      '👋',
      '.',
      '!',
      '\n',
      '\n\n',
      ' ',
      'supercalifragilistic',
      '123,456.78',
      '<|endoftext|>',
    ];
    for (let round = 0; round < 60; round += 1) {
      const blocks = Array.from({ length: 1 + random(8) }, () => ({
        kind: random(5) === 0 ? ('heading' as const) : ('text' as const),
        text: `${Array.from({ length: random(200) }, () => words[random(words.length)]).join(random(2) ? ' ' : '')}\n\n`,
        page: null,
        headingPath: [],
      }));
      const sizes = { chunkSizeTokens: 16 + random(100), overlapTokens: random(16) };
      const { chunks, text } = await split(blocks, sizes);
      expectSound(chunks, text, sizes);
    }
  });
});

/** A generator of the same numbers in each run. */
function randomNumbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}
