import type { ParseLimits } from '../parse-limits.ts';
import { openArchive, type Archive } from './archive.ts';
import { createCellCounter } from './count-cells.ts';
import type { DraftBlock } from './draft-block.ts';
import { createSheetRows } from './sheet-rows.ts';
import { namedRowBlock } from './table-rows.ts';
import { openWorkbook, type Workbook } from './workbook.ts';
import { readXmlParts } from './xml-reader.ts';

/** One block a row, each value beside its column's name, under the name of its sheet; hidden sheets are left out. */
export async function* readXlsx(
  bytes: Uint8Array,
  limits: ParseLimits,
): AsyncGenerator<DraftBlock> {
  const archive = await openArchive(bytes, limits);
  const workbook = await openWorkbook(archive, limits);
  const countCells = createCellCounter(limits);
  for (const { title, part } of workbook.sheets) {
    const toBlock = createRowReader(title);
    for await (const row of readRows(archive, part, { workbook, limits })) {
      countCells(row.length);
      yield* toBlock(row);
    }
  }
}

async function* readRows(
  archive: Archive,
  part: string,
  { workbook, limits }: { readonly workbook: Workbook; readonly limits: ParseLimits },
): AsyncGenerator<readonly string[]> {
  const rows = createSheetRows(workbook, limits);
  for await (const _ of readXmlParts(archive.read(part), rows.handler, limits)) yield* rows.take();
}

/** The first row of two cells or more names the columns; what stands above it is text. */
function createRowReader(title: string) {
  const headingPath = [title];
  let isTitled = false;
  let columns: readonly string[] | undefined;
  return function* toBlocks(row: readonly string[]): Generator<DraftBlock> {
    const cells = row.filter((cell) => cell !== '');
    if (cells.length === 0) return;
    if (!isTitled) yield { kind: 'heading', text: `${title}\n\n`, page: null, headingPath };
    isTitled = true;
    if (columns !== undefined) yield namedRowBlock(row, columns, headingPath);
    else if (cells.length > 1) columns = row;
    else yield { kind: 'text', text: `${cells.join('')}\n\n`, page: null, headingPath };
  };
}
