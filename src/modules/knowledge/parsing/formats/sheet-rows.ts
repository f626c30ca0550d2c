import { ParseError } from '../parse-error.ts';
import type { ParseLimits } from '../parse-limits.ts';
import { formatNumber } from './sheet-numbers.ts';
import type { Workbook } from './workbook.ts';
import type { XmlHandler } from './xml-reader.ts';

type Cell = { readonly column: number; readonly type: string; readonly style: number };

const FIRST_LETTER = 'A'.charCodeAt(0) - 1;
const LETTERS = 26;

/** Gathers the cells of a sheet into rows while its XML is read. */
export function createSheetRows(workbook: Workbook, { columns }: Pick<ParseLimits, 'columns'>) {
  const finished: string[][] = [];
  let row: string[] = [];
  let cell: Cell | undefined;
  let value = '';
  let isValue = false;
  let phonetic = 0;

  function startCell(attributes: Readonly<Record<string, string>>): void {
    const column = columnOf(attributes['r']) ?? row.length;
    if (column >= columns) throw new ParseError('too_many_cells');
    cell = { column, type: attributes['t'] ?? 'n', style: Number(attributes['s'] ?? 0) };
    value = '';
  }

  function endCell({ column, type, style }: Cell): void {
    while (row.length < column) row.push('');
    row[column] = shown(type, style).replaceAll(/\s+/g, ' ').trim();
  }

  function shown(type: string, style: number): string {
    switch (type) {
      case 's':
        return workbook.texts[Number(value)] ?? '';
      case 'b':
        return value.trim() === '1' ? 'TRUE' : 'FALSE';
      case 'n': {
        const format = workbook.formats[style] ?? 'general';
        return formatNumber(value, { format, isFrom1904: workbook.isFrom1904 });
      }
      default:
        return value;
    }
  }

  const handler: XmlHandler = {
    open(name, attributes) {
      if (name === 'row') row = [];
      if (name === 'c') startCell(attributes);
      if (name === 'rPh') phonetic += 1;
      isValue = name === 'v' || (name === 't' && phonetic === 0);
    },
    close(name) {
      isValue = false;
      if (name === 'rPh') phonetic -= 1;
      if (name === 'c' && cell) {
        endCell(cell);
        cell = undefined;
      }
      if (name === 'row' && row.length > 0) finished.push(row);
    },
    text(data) {
      if (isValue && cell) value += data;
    },
  };
  return { handler, take: () => finished.splice(0) };
}

/** The place of a column by its letters: 0 for A, 26 for AA. */
function columnOf(reference: string | undefined): number | undefined {
  const [letters] = /^[A-Z]{1,3}/.exec(reference ?? '') ?? [];
  if (letters === undefined) return undefined;
  let place = 0;
  for (const letter of letters) place = place * LETTERS + letter.charCodeAt(0) - FIRST_LETTER;
  return place - 1;
}
