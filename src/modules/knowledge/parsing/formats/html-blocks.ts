import type { Handler } from 'htmlparser2';
import { ParseError } from '../parse-error.ts';
import type { ParseLimits } from '../parse-limits.ts';
import type { DraftBlock } from './draft-block.ts';
import { createHeadingPath } from './heading-path.ts';
import { createHtmlText } from './html-text.ts';
import type { PageBlock } from './main-content.ts';
import { createRowGroups } from './table-rows.ts';

const SKIPPED = tags(
  'script style noscript template svg math nav iframe object canvas select button textarea',
);
const PARAGRAPHS = tags(
  'address article aside blockquote body center details div dl fieldset figcaption figure footer form head header ' +
    'hr html main ol p pre section summary table tbody tfoot thead ul',
);
/** These stand close to the next of their kind rather than apart from it. */
const LINES = tags('li tr dt dd');
const CELLS = tags('td th');
const HEADING_LEVELS = new Map([
  ['title', 1],
  ...[1, 2, 3, 4, 5, 6].map((level) => [`h${level}`, level] as const),
]);
const MAX_BLOCK_LENGTH = 32 * 1024;

export type HtmlOptions = {
  /** Of XML, and with a title that is the book's in each chapter. */
  readonly isBook?: boolean;
  /** Tables that do not mark their header have it in their first row. */
  readonly isFirstRowHeader?: boolean;
};

export type HtmlBlocks = {
  readonly handler: Partial<Handler>;
  /** The blocks finished since the last call. */
  take(): PageBlock[];
};

/** Gathers the text of HTML events into blocks. */
export function createHtmlBlocks(
  { depth: maxDepth }: Pick<ParseLimits, 'depth'>,
  { isBook = false, isFirstRowHeader = false }: HtmlOptions,
): HtmlBlocks {
  const headings = createHeadingPath();
  const text = createHtmlText();
  const depth = { all: 0, skipped: 0, line: 0, row: 0, cell: 0, pre: 0, main: 0 };
  const finished: PageBlock[] = [];
  const rows = createRowGroups((group) => push('table', group));
  let bullet = '';
  let headingLevel: number | undefined;
  const row = { hasHead: false, hasData: false, isFirst: false };

  function push(kind: DraftBlock['kind'], blockText: string): void {
    const isMain = depth.main > 0;
    finished.push({ kind, text: blockText, page: null, headingPath: headings.current(), isMain });
  }

  function emit(blockText: string): void {
    if (depth.row > 0 && headingLevel === undefined) {
      const isHeader = (row.hasHead && !row.hasData) || (row.isFirst && isFirstRowHeader);
      row.isFirst = false;
      return rows.add(blockText, { isHeader });
    }
    rows.end();
    if (headingLevel !== undefined) headings.enter(headingLevel, blockText.replaceAll(/\s+/g, ' '));
    const bodyKind = depth.pre > 0 ? 'code' : 'text';
    push(headingLevel === undefined ? bodyKind : 'heading', blockText);
  }

  function flush(): void {
    const content = text.take();
    if (content === '') return;
    emit(bullet + content + (depth.line > 0 ? '\n' : '\n\n'));
    bullet = '';
  }

  function open(name: string): void {
    if (PARAGRAPHS.has(name) && depth.cell > 0) text.startLine();
    else if (isBlock(name)) flush();
    if (CELLS.has(name)) text.startCell();
    if (name === 'br') text.startLine();
    if (name === 'li') bullet = '- ';
    if (name === 'table') row.isFirst = true;
    if (name === 'tr') row.hasHead = row.hasData = false;
    if (name === 'th') row.hasHead = true;
    if (name === 'td') row.hasData = true;
    headingLevel = HEADING_LEVELS.get(name) ?? headingLevel;
    count(name, 1);
  }

  function close(name: string): void {
    if (isBlock(name) && !(PARAGRAPHS.has(name) && depth.cell > 0)) flush();
    if (name === 'li') bullet = '';
    if (name === 'table' || name === 'main') rows.end();
    if (HEADING_LEVELS.has(name)) headingLevel = undefined;
    count(name, -1);
  }

  function count(name: string, change: 1 | -1): void {
    if (isSkipped(name)) depth.skipped += change;
    if (LINES.has(name)) depth.line += change;
    if (CELLS.has(name)) depth.cell += change;
    if (name === 'tr') depth.row += change;
    if (name === 'pre') depth.pre += change;
    if (name === 'main') depth.main += change;
    depth.all += change;
    if (depth.all > maxDepth) throw new ParseError('too_deep');
  }

  function write(data: string): void {
    text.append(data, { isPreformatted: depth.pre > 0 });
    if (text.length > MAX_BLOCK_LENGTH) emit(text.takeWords());
  }

  const isSkipped = (name: string) => SKIPPED.has(name) || (isBook && name === 'title');
  const isShown = (name: string) => depth.skipped === 0 && !isSkipped(name);
  const handler: Partial<Handler> = {
    onopentagname: (name) => (isShown(name) ? open(name) : count(name, 1)),
    onclosetag: (name) => (isShown(name) ? close(name) : count(name, -1)),
    ontext: (data) => (depth.skipped === 0 ? write(data) : undefined),
    onend: () => {
      flush();
      rows.end();
    },
  };
  return { handler, take: () => finished.splice(0) };
}

function isBlock(name: string): boolean {
  return PARAGRAPHS.has(name) || LINES.has(name) || HEADING_LEVELS.has(name);
}

function tags(names: string): ReadonlySet<string> {
  return new Set(names.split(' '));
}
