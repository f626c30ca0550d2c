/** A value as both caches give it back: what JSON makes of it, frozen, since all who read it share it. */
export type CachedValue = {
  readonly text: string;
  /** Its type is known to who asks for it. */
  readonly value: ReturnType<typeof JSON.parse>;
};

/** Undefined for what JSON has no word for; nothing is kept then. */
export function toCached(value: unknown): CachedValue | undefined {
  const text: string | undefined = JSON.stringify(value);
  return text === undefined ? undefined : readCached(text);
}

export function readCached(text: string): CachedValue {
  return { text, value: JSON.parse(text, (_key, member: unknown) => Object.freeze(member)) };
}
