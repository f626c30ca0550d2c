const VOCABULARY = 30_000;
const SYLLABLES = [
  'ba',
  'den',
  'fir',
  'gol',
  'hes',
  'kam',
  'lin',
  'mor',
  'net',
  'pul',
  'sar',
  'tov',
];

/** The same words in each run: few are frequent and most are rare, as in prose. */
export function createProse({ vocabulary = VOCABULARY } = {}): (words: number) => string {
  const random = createRandom();
  const word = () => wordOf(Math.floor(vocabulary ** random()) - 1);
  return (words) => Array.from({ length: words }, word).join(' ');
}

function wordOf(rank: number): string {
  let rest = rank;
  let word = '';
  do {
    word += SYLLABLES[rest % SYLLABLES.length] ?? '';
    rest = Math.floor(rest / SYLLABLES.length);
  } while (rest > 0);
  return word;
}

/** A linear congruential generator with the constants of Numerical Recipes. */
function createRandom(): () => number {
  let state = 1;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return state / 2 ** 32;
  };
}
