import type { RateWindow } from './rate-limiter.ts';

const UNIT_SECONDS: Readonly<Record<string, number>> = {
  second: 1,
  minute: 60,
  hour: 3600,
  day: 86_400,
};
/** Each hit inside a window is remembered, so a limit bounds memory too. */
const MAX_LIMIT = 1_000_000;
const WINDOW = /^(\d{1,9})\s*\/\s*(second|minute|hour|day)$/;

/**
 * Reads a limit such as `"100/minute"` or `"200/day;50/hour"`, shortest window first.
 * @throws {RangeError} that says what the grammar is
 */
export function parseRateLimit(text: string): readonly RateWindow[] {
  const windows = text.split(';').map((part) => parseWindow(part.trim()));
  const units = new Set(windows.map((window) => window.windowSeconds));
  if (units.size < windows.length) throw new RangeError('names one unit twice');
  return windows.toSorted((one, other) => one.windowSeconds - other.windowSeconds);
}

function parseWindow(text: string): RateWindow {
  const [, count, unit = ''] = WINDOW.exec(text) ?? [];
  const limit = Number(count);
  const windowSeconds = UNIT_SECONDS[unit];
  if (windowSeconds === undefined || !(limit > 0)) {
    throw new RangeError('must be limits such as 100/minute, of second, minute, hour or day');
  }
  if (limit > MAX_LIMIT) throw new RangeError(`must not allow more than ${MAX_LIMIT}`);
  return { limit, windowSeconds, text: `${limit}/${unit}` };
}
