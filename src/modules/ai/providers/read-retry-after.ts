const MS_PER_SECOND = 1000;

/** How long an endpoint asks us to wait, given in seconds or as a date. */
export function readRetryAfterSeconds(
  headers: Headers | undefined,
  nowMs = Date.now(),
): number | undefined {
  const value = headers?.get('retry-after')?.trim() ?? '';
  if (/^\d{1,9}(\.\d+)?$/.test(value)) return Math.ceil(Number(value));
  const dateMs = Date.parse(value);
  if (Number.isNaN(dateMs)) return undefined;
  return Math.max(Math.ceil((dateMs - nowMs) / MS_PER_SECOND), 0);
}
