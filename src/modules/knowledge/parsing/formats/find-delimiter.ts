const DELIMITERS = [',', ';', '\t', '|'] as const;
const SAMPLE_ROWS = 10;

/** The character that parts the cells of the first row; a comma where nothing does. */
export function findDelimiter(text: string): string {
  const [firstRow = ''] = sampleRows(text);
  const counts = DELIMITERS.map((delimiter) => ({
    delimiter,
    cells: countCells(firstRow, delimiter),
  }));
  return counts.reduce((best, next) => (next.cells > best.cells ? next : best)).delimiter;
}

/** Whether each of the first rows has the same number of cells, two at least. */
export function hasCommonDelimiter(
  text: string,
  { minimumRows }: { minimumRows: number },
): boolean {
  const rows = sampleRows(text);
  const delimiter = findDelimiter(text);
  const [width = 1, ...others] = rows.map((row) => countCells(row, delimiter));
  return rows.length >= minimumRows && width > 1 && others.every((cells) => cells === width);
}

/** The first rows without what stands in quotes. The sample's last row counts too, though it may be cut off. */
function sampleRows(text: string): string[] {
  const rows: string[] = [];
  // Every second part of a text split at its quotes stands inside them, `""` for a quote included.
  const unquoted = text.split('"').filter((_, index) => index % 2 === 0);
  for (const row of unquoted.join('').split('\n', SAMPLE_ROWS * 2)) {
    if (row.trim() !== '') rows.push(row);
  }
  return rows.slice(0, SAMPLE_ROWS);
}

function countCells(row: string, delimiter: string): number {
  return row.split(delimiter).length;
}
