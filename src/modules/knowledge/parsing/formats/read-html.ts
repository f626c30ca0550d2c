import { Parser } from 'htmlparser2';
import type { DraftBlock } from './draft-block.ts';
import { createHtmlBlocks } from './html-blocks.ts';

/** Headings, paragraphs, list items and table rows of a page; what is not its text is left out. */
export async function* readHtml(parts: AsyncIterable<string>): AsyncGenerator<DraftBlock> {
  const blocks = createHtmlBlocks();
  const parser = new Parser(blocks.handler, { decodeEntities: true, lowerCaseTags: true });
  for await (const part of parts) {
    parser.write(part);
    yield* blocks.take();
  }
  parser.end();
  yield* blocks.take();
}
