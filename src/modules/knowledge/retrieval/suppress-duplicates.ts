/** What two texts share of their word triples before the later one is taken for a copy. */
const SAME = 0.85;
const SHINGLE_WORDS = 3;
const WORD = /[\p{L}\p{M}\p{N}]+/gu;

/** Leaves out what says nearly word for word what stands before it, and ends at so many. */
export function suppressDuplicates<Item extends { readonly content: string }>(
  ranked: readonly Item[],
  limit: number,
): readonly Item[] {
  const kept: { readonly item: Item; readonly shingles: ReadonlySet<string> }[] = [];
  for (const item of ranked) {
    if (kept.length === limit) break;
    const shingles = shinglesOf(item.content);
    if (!kept.some((earlier) => isSame(earlier.shingles, shingles))) kept.push({ item, shingles });
  }
  return kept.map(({ item }) => item);
}

function shinglesOf(text: string): ReadonlySet<string> {
  const words = text.toLowerCase().match(WORD) ?? [];
  if (words.length <= SHINGLE_WORDS) return new Set([words.join(' ')]);
  return new Set(
    words
      .slice(SHINGLE_WORDS - 1)
      .map((_, start) => words.slice(start, start + SHINGLE_WORDS).join(' ')),
  );
}

function isSame(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  const [small, large] = a.size < b.size ? [a, b] : [b, a];
  if (small.size < SAME * large.size) return false;
  let shared = 0;
  for (const shingle of small) if (large.has(shingle)) shared += 1;
  return shared >= SAME * (a.size + b.size - shared);
}
