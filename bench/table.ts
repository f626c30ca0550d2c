import type { Measurement } from './load.ts';
import type { MemoryRow } from './memory.ts';

type Row = { readonly name: string; readonly ours: Measurement; readonly twin: Measurement };

/** The round whose rate is in the middle, so that the figures of a row belong together. */
export function median(measurements: readonly Measurement[]): Measurement {
  const sorted = measurements.toSorted((a, b) => a.cpuMicrosEach - b.cpuMicrosEach);
  const middle = sorted[Math.floor(sorted.length / 2)];
  if (middle === undefined) throw new Error('nothing was measured');
  return middle;
}

/** A Markdown table; the ratios are twin to ours by processor time, and ours to twin by rate. */
export function formatTable(rows: readonly Row[]): string {
  const header = [
    'case',
    'per s',
    'twin',
    'ratio',
    'p50 ms',
    'p99 ms',
    'twin p99',
    'CPU µs',
    'twin',
    'CPU ratio',
    'MB',
    'failed',
  ];
  const lines = rows.map(({ name, ours, twin }) => [
    name,
    ours.perSecond.toFixed(0),
    twin.perSecond.toFixed(0),
    (ours.perSecond / twin.perSecond).toFixed(2),
    ours.p50.toFixed(1),
    ours.p99.toFixed(1),
    twin.p99.toFixed(1),
    ours.cpuMicrosEach.toFixed(0),
    twin.cpuMicrosEach.toFixed(0),
    (twin.cpuMicrosEach / ours.cpuMicrosEach).toFixed(2),
    (ours.residentBytes / 1e6).toFixed(0),
    String(ours.failures + twin.failures),
  ]);
  return [header, header.map(() => '---'), ...lines]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');
}

/** A Markdown table of resident memory, in megabytes. */
export function formatMemoryTable(rows: readonly MemoryRow[]): string {
  const megabytes = (bytes: number) => (bytes / 1e6).toFixed(0);
  const lines = rows.map(({ name, idleBytes, peakBytes, seconds }) => [
    name,
    megabytes(idleBytes),
    megabytes(peakBytes),
    megabytes(peakBytes - idleBytes),
    seconds.toFixed(1),
  ]);
  const header = ['case', 'idle MB', 'peak MB', 'above idle MB', 'seconds'];
  return [header, header.map(() => '---'), ...lines]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');
}
