import { pipeline, Readable } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import { ParseError } from '../parse-error.ts';
import type { ParseLimits } from '../parse-limits.ts';
import { createCellCounter } from './count-cells.ts';
import type { DraftBlock } from './draft-block.ts';
import { findDelimiter } from './find-delimiter.ts';
import { namedRowBlock } from './table-rows.ts';

const MAX_RECORD_CHARACTERS = 1024 * 1024;

/** One block a row, each value beside its column's name, so that a row can be understood alone. */
export async function* readCsv(
  parts: AsyncIterable<string>,
  limits: ParseLimits,
): AsyncGenerator<DraftBlock> {
  const countCells = createCellCounter(limits);
  let columns: readonly string[] | undefined;
  let rowCount = 0;
  try {
    for await (const record of readRecords(parts)) {
      const cells = toCells(record);
      countCells(cells.length);
      if (columns === undefined) columns = cells;
      else {
        yield namedRowBlock(cells, columns, []);
        rowCount += 1;
      }
    }
  } catch (error) {
    throw error instanceof CsvError ? new ParseError('damaged', error) : error;
  }
  if (columns && rowCount === 0) yield namedRowBlock(columns, [], []);
}

async function* readRecords(parts: AsyncIterable<string>): AsyncGenerator<unknown> {
  const iterator = parts[Symbol.asyncIterator]();
  const start = await readSample(iterator);
  async function* all() {
    yield start;
    yield* { [Symbol.asyncIterator]: () => iterator };
  }
  const parser = parse({
    delimiter: findDelimiter(start),
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    max_record_size: MAX_RECORD_CHARACTERS,
  });
  // Errors reach the loop below through the parser itself.
  yield* pipeline(Readable.from(all()), parser, () => undefined);
}

/** Enough of the text to tell its delimiter: the first row at least. */
async function readSample(parts: AsyncIterator<string>): Promise<string> {
  let sample = '';
  while (!sample.trimStart().includes('\n') && sample.length < MAX_RECORD_CHARACTERS) {
    const { done, value } = await parts.next();
    if (done) break;
    sample += value;
  }
  return sample;
}

function toCells(record: unknown): readonly string[] {
  if (!Array.isArray(record)) return [];
  return record.map((cell) => String(cell).replaceAll(/\s+/g, ' ').trim());
}
