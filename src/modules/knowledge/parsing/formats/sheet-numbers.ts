const DAY_MS = 86_400_000;
/** Day 0 of a workbook's calendar; Excel's has a 29th of February in 1900, so it begins a day early. */
const EPOCHS = { 1900: Date.UTC(1899, 11, 30), 1904: Date.UTC(1904, 0, 1) } as const;
const LAST_DAY = 2_958_466;
// A double has 15 digits that are certain; those after them show as 0.30000000000000004.
const CERTAIN_DIGITS = 15;

export type NumberFormat = 'general' | 'date' | 'percent';

/** Formats that workbooks use without describing them. */
const KNOWN_PERCENTS = new Set([9, 10]);

function isKnownDate(id: number): boolean {
  return (
    (id >= 14 && id <= 22) ||
    (id >= 27 && id <= 36) ||
    (id >= 45 && id <= 47) ||
    (id >= 50 && id <= 58)
  );
}

/** What a number format makes of a number, as far as its meaning depends on it. */
export function numberFormatOf(id: number, code: string | undefined): NumberFormat {
  if (code === undefined) {
    if (isKnownDate(id)) return 'date';
    return KNOWN_PERCENTS.has(id) ? 'percent' : 'general';
  }
  // Quoted words, escaped letters and conditions in brackets say nothing of the number.
  const [bare = ''] = code.replaceAll(/"[^"]*"|\\.|_.|\[[^\]]*\]/g, '').split(';');
  if (/[ymdhs]/i.test(bare)) return 'date';
  return bare.includes('%') ? 'percent' : 'general';
}

/** A number as people see it in its cell: a date rather than a count of days. */
export function formatNumber(
  stored: string,
  { format, isFrom1904 }: { readonly format: NumberFormat; readonly isFrom1904: boolean },
): string {
  const value = Number(stored);
  if (stored.trim() === '' || !Number.isFinite(value)) return stored;
  if (format === 'date' && value >= 0 && value < LAST_DAY) return formatDate(value, isFrom1904);
  return format === 'percent' ? `${certain(value * 100)}%` : certain(value);
}

function certain(value: number): string {
  return String(Number(value.toPrecision(CERTAIN_DIGITS)));
}

function formatDate(days: number, isFrom1904: boolean): string {
  const epoch = EPOCHS[isFrom1904 ? 1904 : 1900];
  const seconds = Math.round((days * DAY_MS) / 1000);
  const [date = '', time = ''] = new Date(epoch + seconds * 1000).toISOString().split(/[T.]/);
  const clock = time.endsWith(':00') ? time.slice(0, 5) : time;
  if (days < 1) return clock;
  return clock === '00:00' ? date : `${date} ${clock}`;
}
