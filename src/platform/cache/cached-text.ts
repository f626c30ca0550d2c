/** Values go through JSON even in process, so that both caches give back the same. */
export function parseCached(text: string | undefined) {
  return text === undefined ? undefined : JSON.parse(text);
}

/** Undefined for what JSON has no word for; nothing is kept then. */
export function stringifyCached(value: unknown): string | undefined {
  return JSON.stringify(value);
}
