import pg from 'pg';

const OID = {
  int8: 20,
  date: 1082,
  timestamp: 1114,
  timestamptz: 1184,
} as const;

/**
 * How our queries read values: timestamps as ISO-8601 in UTC, int8 as a number. They are given to
 * each query, because the queue and the agent's saver rely on the driver's own parsers.
 */
export function createValueParsers(): pg.CustomTypesConfig {
  const overrides = new pg.TypeOverrides();
  overrides.setTypeParser(OID.int8, 'text', parseSafeInteger);
  overrides.setTypeParser(OID.date, 'text', String);
  overrides.setTypeParser(OID.timestamp, 'text', (text) => text.replace(' ', 'T'));
  overrides.setTypeParser(OID.timestamptz, 'text', parseTimestamp);
  return overrides;
}

function parseSafeInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError(`int8 ${text} is not a safe integer`);
  return value;
}

const DATE_LENGTH = 'yyyy-mm-dd'.length;
const SECONDS_LENGTH = 'yyyy-mm-dd hh:mm:ss'.length;

/** Postgres writes `2026-11-21 01:02:03.4567+00` in a UTC session, with as many digits as it needs. */
function parseTimestamp(text: string): string {
  const isPlain = text.endsWith('+00') && text.charAt(DATE_LENGTH) === ' ';
  // Years beyond four digits, years BC and infinity.
  if (!isPlain) return text;
  const milliseconds = text
    .slice(SECONDS_LENGTH + 1, -'+00'.length)
    .slice(0, 3)
    .padEnd(3, '0');
  return `${text.slice(0, DATE_LENGTH)}T${text.slice(DATE_LENGTH + 1, SECONDS_LENGTH)}.${milliseconds}Z`;
}
