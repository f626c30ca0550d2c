import { z } from 'zod';
import { integer } from './setting-kinds.ts';
import { setting } from './setting.ts';

const MEBIBYTE = 1024 * 1024;

const seconds = integer({ min: 1, max: 3600 }).transform((value) => value * 1000);
const mebibytes = integer({ min: 32, max: 65_536 }).transform((value) => value * MEBIBYTE);

/** What one document may take; whatever exceeds it fails with a reason. */
export const parsingSettings = z.object({
  timeMs: setting(seconds.prefault('60'), {
    name: 'PARSE_TIMEOUT_SECONDS',
    description: 'Time that reading one document may take',
  }),
  memoryBytes: setting(mebibytes.prefault('512'), {
    name: 'PARSE_MEMORY_MB',
    description: 'Memory for reading one document: its heap, and as much again for buffers',
  }),
  pages: setting(integer({ min: 1, max: 1_000_000 }).prefault('5000'), {
    name: 'PARSE_MAX_PAGES',
    description: 'Pages of a PDF, slides of a presentation or chapters of a book',
  }),
  archiveBytes: setting(mebibytes.prefault('200'), {
    name: 'PARSE_MAX_UNPACKED_MB',
    description: 'What an office document or a book may unpack to',
  }),
  archiveEntries: setting(integer({ min: 10, max: 65_535 }).prefault('10000'), {
    name: 'PARSE_MAX_ENTRIES',
    description: 'Entries of the archive that an office document or a book is',
  }),
  cells: setting(integer({ min: 100, max: 1_000_000_000 }).prefault('5000000'), {
    name: 'PARSE_MAX_CELLS',
    description: 'Cells of a workbook or a CSV file',
  }),
});
