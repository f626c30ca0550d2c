import { ParseError } from '../parse-error.ts';
import type { ParseLimits } from '../parse-limits.ts';

/** Counts the cells of row after row. @throws ParseError `too_many_cells` */
export function createCellCounter({ cells: maxCells, columns }: ParseLimits) {
  let cells = 0;
  return (width: number): void => {
    cells += width;
    if (width > columns || cells > maxCells) throw new ParseError('too_many_cells');
  };
}
