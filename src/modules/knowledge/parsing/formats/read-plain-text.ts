import type { DraftBlock } from './draft-block.ts';
import { readLines } from './read-lines.ts';

// Paragraphs longer than this are handed on in pieces; the splitter joins what belongs together.
const MAX_BLOCK_LENGTH = 32 * 1024;

/** One block a paragraph; the blank lines after it belong to it. */
export async function* readPlainText(parts: AsyncIterable<string>): AsyncGenerator<DraftBlock> {
  let paragraph = '';
  let isEnded = false;
  for await (const lines of readLines(parts)) {
    for (const line of lines) {
      const isBlank = line.trim() === '';
      if ((isEnded && !isBlank) || paragraph.length > MAX_BLOCK_LENGTH) {
        yield textBlock(paragraph);
        paragraph = '';
      }
      paragraph += line;
      isEnded = isBlank;
    }
  }
  if (paragraph !== '') yield textBlock(paragraph);
}

function textBlock(text: string): DraftBlock {
  return { kind: 'text', text, page: null, headingPath: [] };
}
