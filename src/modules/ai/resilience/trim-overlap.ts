/** Shorter repetitions are as likely words that happen to be the same. */
const SHORTEST_OVERLAP = 8;
/** How far back a repetition may reach, unless it begins with the very first word. */
const LONGEST_OVERLAP = 1000;

export type Seam = {
  /** What of the continuation is new, as far as that can be told. */
  push(text: string): string;
  /** The continuation is over: what was held back is new, unless it is long enough to be a repetition. */
  flush(): string;
};

/**
 * Joins a continuation, as it comes, to what was said: what it repeats of the end is left out, and so is all that
 * was said where it begins anew. Text is held back only as long as it could still be a repetition.
 */
export function createSeam(said: string): Seam {
  let heldBack = '';
  let isJoined = false;

  function join(): string {
    isJoined = true;
    return heldBack.slice(findOverlap(said, heldBack));
  }

  return {
    push(text) {
      if (isJoined) return text;
      heldBack += text;
      return mayRepeatMore(said, heldBack) ? '' : join();
    },
    flush() {
      if (isJoined) return '';
      const text = join();
      return text.length < SHORTEST_OVERLAP || text.length < heldBack.length ? text : '';
    },
  };
}

/** How much of the beginning of `continuation` repeats the end of `said`. */
export function findOverlap(said: string, continuation: string): number {
  const start = repetitionStarts(said).find((from) => continuation.startsWith(said.slice(from)));
  return start === undefined ? 0 : said.length - start;
}

function mayRepeatMore(said: string, continuation: string): boolean {
  return repetitionStarts(said).some(
    (from) => said.length - from > continuation.length && said.startsWith(continuation, from),
  );
}

/** Where in `said` a repetition may begin; the longest comes first. */
function repetitionStarts(said: string): readonly number[] {
  const earliest = Math.max(said.length - LONGEST_OVERLAP, 0);
  const count = Math.max(said.length - SHORTEST_OVERLAP - earliest + 1, 0);
  const starts = Array.from({ length: count }, (_, index) => earliest + index);
  return said === '' || starts[0] === 0 ? starts : [0, ...starts];
}
