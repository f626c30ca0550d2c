import type { Handler } from 'htmlparser2';
import type { DraftBlock } from './draft-block.ts';
import { createHeadingPath } from './heading-path.ts';
import { createHtmlText } from './html-text.ts';

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

export type HtmlBlocks = {
  readonly handler: Partial<Handler>;
  /** The blocks finished since the last call. */
  take(): DraftBlock[];
};

/** Gathers the text of HTML events into blocks. */
export function createHtmlBlocks(): HtmlBlocks {
  const headings = createHeadingPath();
  const text = createHtmlText();
  const depth = { skipped: 0, line: 0, cell: 0, pre: 0 };
  const finished: DraftBlock[] = [];
  let bullet = '';
  let headingLevel: number | undefined;

  function emit(blockText: string): void {
    const kind = headingLevel === undefined ? 'text' : 'heading';
    const headingPath =
      headingLevel === undefined
        ? headings.current()
        : headings.enter(headingLevel, blockText.replaceAll(/\s+/g, ' '));
    finished.push({ kind, text: blockText, page: null, headingPath });
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
    headingLevel = HEADING_LEVELS.get(name) ?? headingLevel;
    count(name, 1);
  }

  function close(name: string): void {
    if (isBlock(name) && !(PARAGRAPHS.has(name) && depth.cell > 0)) flush();
    if (name === 'li') bullet = '';
    if (HEADING_LEVELS.has(name)) headingLevel = undefined;
    count(name, -1);
  }

  function count(name: string, change: 1 | -1): void {
    if (SKIPPED.has(name)) depth.skipped += change;
    if (LINES.has(name)) depth.line += change;
    if (CELLS.has(name)) depth.cell += change;
    if (name === 'pre') depth.pre += change;
  }

  function write(data: string): void {
    text.append(data, { isPreformatted: depth.pre > 0 });
    if (text.length > MAX_BLOCK_LENGTH) emit(text.takeWords());
  }

  const isShown = (name: string) => depth.skipped === 0 && !SKIPPED.has(name);
  const handler: Partial<Handler> = {
    onopentagname: (name) => (isShown(name) ? open(name) : count(name, 1)),
    onclosetag: (name) => (isShown(name) ? close(name) : count(name, -1)),
    ontext: (data) => (depth.skipped === 0 ? write(data) : undefined),
    onend: flush,
  };
  return { handler, take: () => finished.splice(0) };
}

function isBlock(name: string): boolean {
  return PARAGRAPHS.has(name) || LINES.has(name) || HEADING_LEVELS.has(name);
}

function tags(names: string): ReadonlySet<string> {
  return new Set(names.split(' '));
}
