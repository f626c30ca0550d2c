// A line longer than this is handed on in pieces, so that a file without line ends keeps memory flat.
const MAX_LINE_LENGTH = 32 * 1024;

/** Lines with their line feeds, in the groups in which they arrive. */
export async function* readLines(parts: AsyncIterable<string>): AsyncGenerator<readonly string[]> {
  let rest = '';
  for await (const part of parts) {
    const lines = splitLines(rest + part);
    rest = lines.pop() ?? '';
    yield lines;
  }
  if (rest !== '') yield [rest];
}

/** The last one is what follows the last line feed, and may be empty. */
function splitLines(text: string): string[] {
  const lines: string[] = [];
  let start = 0;
  while (start < text.length) {
    const lineFeed = text.indexOf('\n', start);
    const lineEnd = lineFeed < 0 ? text.length : lineFeed + 1;
    if (lineFeed < 0 && lineEnd - start <= MAX_LINE_LENGTH) break;
    const end =
      lineEnd - start > MAX_LINE_LENGTH ? cutPoint(text, start, start + MAX_LINE_LENGTH) : lineEnd;
    lines.push(text.slice(start, end));
    start = end;
  }
  lines.push(text.slice(start));
  return lines;
}

/** After the last space of the second half, or at least not inside a character. */
function cutPoint(text: string, start: number, end: number): number {
  const space = text.lastIndexOf(' ', end - 1) + 1;
  if (space > (start + end) / 2) return space;
  const isInsidePair =
    /^[\uDC00-\uDFFF]/.test(text.charAt(end)) && /^[\uD800-\uDBFF]/.test(text.charAt(end - 1));
  return isInsidePair ? end - 1 : end;
}
