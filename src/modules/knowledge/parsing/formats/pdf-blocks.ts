import type { DraftBlock } from './draft-block.ts';
import { createHeadingPath } from './heading-path.ts';
import type { PdfLine } from './pdf-lines.ts';
import type { OutlineEntry } from './pdf-outline.ts';

// Set type has lines about 1.2 times its size apart, and paragraphs or headings further.
const PARAGRAPH_GAP = 1.6;
const SAME_LINE_GAP = 0.3;
const HEADING_SIZE = 1.15;
const MAX_HEADING_LENGTH = 150;
// A line that ends within this share of the page's width from the right edge was broken for want of room.
const RAGGED_SHARE = 0.15;
const LIST_ITEM = /^(?:[-–—•*▪◦‣]|\(?\d{1,3}[.)]|\(?[a-z][.)])\s/u;
const NO_SPACE_SCRIPT = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/u;

// Sizes are levels below zero, and what the outline names stands above them all.
const OUTLINE_LEVEL = -1_000_000;

/** Turns the lines of page after page into headings and paragraphs; what is a heading, the outline or its size tells. */
export function createPdfBlocks(outline: readonly OutlineEntry[] = []) {
  const headings = createHeadingPath();
  const charactersBySize = new Map<number, number>();
  let edges = { left: Infinity, right: -Infinity };

  function* readPage(page: number, lines: readonly PdfLine[]): Generator<DraftBlock> {
    for (const line of lines) {
      const size = roundSize(line.fontSize);
      charactersBySize.set(size, (charactersBySize.get(size) ?? 0) + line.text.length);
    }
    const bodySize = commonest(charactersBySize);
    // The widest line so far tells where lines end, also on a page of short ones.
    edges = {
      left: Math.min(edges.left, ...lines.map((line) => line.left)),
      right: Math.max(edges.right, ...lines.map((line) => line.right)),
    };
    const listed = outline.filter((entry) => entry.page === page);
    const texts = groupLines(lines).map((group) => ({ group, text: joinLines(group, edges) }));
    // What the page does not have in these words stands at its top.
    for (const entry of listed) {
      if (!texts.some(({ text }) => isTitle(text, entry))) enterListed(entry);
    }
    for (const { group, text } of texts) {
      const entry = listed.find((candidate) => isTitle(text, candidate));
      if (entry) {
        yield { kind: 'heading', text: `${text}\n\n`, page, headingPath: enterListed(entry) };
        continue;
      }
      const size = roundSize(group[0]?.fontSize ?? bodySize);
      const isHeading = size >= bodySize * HEADING_SIZE && text.length <= MAX_HEADING_LENGTH;
      // A smaller heading stands under a larger one, so the size itself serves as level.
      const headingPath = isHeading
        ? headings.enter(-size, text.replaceAll('\n', ' '))
        : headings.current();
      yield { kind: isHeading ? 'heading' : 'text', text: `${text}\n\n`, page, headingPath };
    }
  }

  function enterListed({ level, title }: OutlineEntry): readonly string[] {
    return headings.enter(OUTLINE_LEVEL + level, title);
  }

  return { readPage };
}

/** Whether a line is the title, with or without a number before it. */
function isTitle(text: string, { title }: OutlineEntry): boolean {
  const [line, wanted] = [letters(text), letters(title)];
  return (
    line !== '' &&
    text.length <= MAX_HEADING_LENGTH &&
    (line === wanted || withoutNumber(line) === withoutNumber(wanted))
  );
}

function letters(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}

function withoutNumber(text: string): string {
  return text.replace(/^(?:\d+ )+/, '');
}

/** Lines that belong together: of one size, and no further apart than the lines of a paragraph. */
function groupLines(lines: readonly PdfLine[]): PdfLine[][] {
  const groups: PdfLine[][] = [];
  let previous: PdfLine | undefined;
  for (const line of lines) {
    const isTogether =
      previous !== undefined &&
      roundSize(previous.fontSize) === roundSize(line.fontSize) &&
      previous.top - line.top < PARAGRAPH_GAP * line.fontSize &&
      previous.top - line.top > -SAME_LINE_GAP * line.fontSize;
    if (isTogether) groups.at(-1)?.push(line);
    else groups.push([line]);
    previous = line;
  }
  return groups;
}

function joinLines(lines: readonly PdfLine[], edges: { left: number; right: number }): string {
  const fullFrom = edges.right - RAGGED_SHARE * (edges.right - edges.left);
  let text = '';
  let previous: PdfLine | undefined;
  for (const line of lines) {
    if (previous === undefined) text = line.text;
    else if (previous.top - line.top < SAME_LINE_GAP * line.fontSize) text += ` ${line.text}`;
    else if (previous.right < fullFrom || LIST_ITEM.test(line.text)) text += `\n${line.text}`;
    else text = joinBroken(text, line.text);
    previous = line;
  }
  return text;
}

/** Joins two lines of one sentence; a word that was divided at the line's end becomes whole again. */
function joinBroken(text: string, next: string): string {
  if (text.endsWith('\u00AD')) return text.slice(0, -1) + next;
  if (/\p{L}[-\u2010]$/u.test(text) && /^\p{Ll}/u.test(next)) return text.slice(0, -1) + next;
  const isUnspaced = NO_SPACE_SCRIPT.test(text.slice(-1)) && NO_SPACE_SCRIPT.test(next.slice(0, 1));
  return isUnspaced ? text + next : `${text} ${next}`;
}

function roundSize(size: number): number {
  return Math.round(size * 2) / 2;
}

function commonest(counts: ReadonlyMap<number, number>): number {
  return [...counts].reduce((best, next) => (next[1] > best[1] ? next : best), [0, 0])[0] ?? 0;
}
