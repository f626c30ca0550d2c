import type { DraftBlock } from './draft-block.ts';
import { createHeadingPath } from './heading-path.ts';
import { readLines } from './read-lines.ts';

const MAX_BLOCK_LENGTH = 32 * 1024;
const ATX_HEADING = /^ {0,3}(#{1,6})(?:[ \t]+(.*))?$/;
const SETEXT_UNDERLINE = /^ {0,3}(=+|-+)[ \t]*$/;
const TABLE_RULE = /^ {0,3}\|?(?: *:?-+:? *\|)+(?: *:?-+:? *)?$/;
// A third of a passage of the usual size; each part of a longer table begins with its header.
const MAX_TABLE_LENGTH = 700;
const FENCE = /^ {0,3}(`{3,}|~{3,})/;
// A paragraph of these kinds is not turned into a heading by a line of dashes under it.
const NO_SETEXT_TITLE = /^ {0,3}(?:[-*+>|]|\d+[.)])|^ {4}/;

type Heading = { readonly level: number; readonly title: string };

/** One block a paragraph, list, table or fenced code; headings by marks or underlines, never inside code. */
export async function* readMarkdown(parts: AsyncIterable<string>): AsyncGenerator<DraftBlock> {
  const reader = createBlockReader();
  for await (const lines of readLines(parts)) {
    for (const line of lines) yield* reader.add(line);
  }
  yield* reader.end();
}

function createBlockReader() {
  const headings = createHeadingPath();
  let text = '';
  let fence: string | undefined;
  let isEnded = false;
  let kind: DraftBlock['kind'] = 'text';
  let tableHeader = '';

  function* flush(): Generator<DraftBlock> {
    if (text !== '') yield { kind, text, page: null, headingPath: headings.current() };
    text = '';
    isEnded = false;
    kind = 'text';
    tableHeader = '';
  }

  function* addTableRow(line: string): Generator<DraftBlock> {
    const header = tableHeader;
    if (text.length + line.length > MAX_TABLE_LENGTH && text.length > header.length) {
      yield* flush();
      text = header;
      kind = 'table';
      tableHeader = header;
    }
    text += line;
  }

  function* addCode(line: string, openFence: string): Generator<DraftBlock> {
    kind = 'code';
    text += line;
    const marks = FENCE.exec(line)?.[1];
    const closes = marks !== undefined && marks.startsWith(openFence) && line.trim() === marks;
    if (closes) fence = undefined;
    isEnded = closes;
    if (text.length > MAX_BLOCK_LENGTH) yield* flush();
  }

  function* addHeading({ level, title }: Heading, source: string): Generator<DraftBlock> {
    yield { kind: 'heading', text: source, page: null, headingPath: headings.enter(level, title) };
  }

  function* addProse(line: string): Generator<DraftBlock> {
    const marked = markedHeading(line);
    if (marked) {
      yield* flush();
      return yield* addHeading(marked, line);
    }
    const underlined = isEnded ? undefined : underlinedHeading(text, line);
    if (underlined) {
      const source = text + line;
      text = '';
      return yield* addHeading(underlined, source);
    }
    yield* addText(line);
  }

  function* addText(line: string): Generator<DraftBlock> {
    const isBlank = line.trim() === '';
    fence = FENCE.exec(line)?.[1];
    const isNewBlock = !isBlank && (isEnded || fence !== undefined);
    if (isNewBlock || text.length > MAX_BLOCK_LENGTH) yield* flush();
    if (fence !== undefined) kind = 'code';
    if (kind === 'table' && !isBlank) return yield* addTableRow(line);
    const startsTable = kind === 'text' && isTableRule(text, line);
    text += line;
    isEnded ||= isBlank;
    if (!startsTable) return;
    kind = 'table';
    tableHeader = text;
  }

  return {
    add: (line: string) => (fence === undefined ? addProse(line) : addCode(line, fence)),
    end: flush,
  };
}

function markedHeading(line: string): Heading | undefined {
  const [whole, marks = '', title = ''] = ATX_HEADING.exec(line.trimEnd()) ?? [];
  return whole === undefined
    ? undefined
    : { level: marks.length, title: withoutClosingMarks(title) };
}

/** A paragraph with a line of `=` or `-` under it. */
function underlinedHeading(paragraph: string, line: string): Heading | undefined {
  const underline = SETEXT_UNDERLINE.exec(line.trimEnd())?.[1];
  if (underline === undefined || paragraph === '' || NO_SETEXT_TITLE.test(paragraph))
    return undefined;
  return { level: underline.startsWith('=') ? 1 : 2, title: paragraph.replaceAll('\n', ' ') };
}

/** A row of dashes under a row of cells. */
function isTableRule(paragraph: string, line: string): boolean {
  const isOneRow = paragraph.includes('|') && paragraph.indexOf('\n') === paragraph.length - 1;
  return isOneRow && TABLE_RULE.test(line.trimEnd());
}

/** A heading may end as it begins: `## Title ##`. */
function withoutClosingMarks(title: string): string {
  let end = title.length;
  while (title[end - 1] === '#') end -= 1;
  const isMark = end === 0 || title[end - 1] === ' ' || title[end - 1] === '\t';
  return isMark ? title.slice(0, end).trimEnd() : title;
}
