import { Parser } from 'htmlparser2';
import type { ParseLimits } from '../parse-limits.ts';
import type { DraftBlock } from './draft-block.ts';
import { createHtmlBlocks, type HtmlOptions } from './html-blocks.ts';
import { createMainContent } from './main-content.ts';

/** Headings, paragraphs, list items and tables of a page; what is not its main content is left out. */
export async function* readHtml(
  parts: AsyncIterable<string>,
  limits: Pick<ParseLimits, 'depth'>,
  options: HtmlOptions = {},
): AsyncGenerator<DraftBlock> {
  const blocks = createHtmlBlocks(limits, options);
  const main = createMainContent();
  // A book is XML, in which an element may be closed where it is opened: <title/>.
  const parser = new Parser(blocks.handler, {
    decodeEntities: true,
    lowerCaseTags: true,
    recognizeSelfClosing: options.isBook ?? false,
  });
  for await (const part of parts) {
    parser.write(part);
    yield* main.choose(blocks.take());
  }
  parser.end();
  yield* main.choose(blocks.take());
  yield* main.end();
}
