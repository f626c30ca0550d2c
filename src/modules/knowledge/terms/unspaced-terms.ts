const IDEOGRAPHS = String.raw`[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}ー]+`;
const SOUTH_EAST_ASIAN = String.raw`[\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]+`;
const RUNS = new RegExp(`(${IDEOGRAPHS})|(${SOUTH_EAST_ASIAN})`, 'gu');
const HAN = /^\p{Script=Han}$/u;

export type UnspacedTerms = {
  readonly terms: readonly string[];
  /** What is left of the text, with a space for each run. */
  readonly rest: string;
};

/**
 * Terms of scripts that put no spaces between words. Thai and its neighbours have the words of Unicode's
 * dictionary. Where words are parted depends on their neighbours, so Chinese, Japanese and Korean have each pair
 * of characters, which a question always shares with its document, and of the words those that no pair covers.
 */
export function createUnspacedTerms() {
  const segmenter = new Intl.Segmenter('en', { granularity: 'word' });

  function words(run: string): string[] {
    return Array.from(segmenter.segment(run), ({ segment }) => segment);
  }

  function ideographTerms(run: string): string[] {
    const characters = Array.from(run);
    const pairs = characters.slice(1).map((character, index) => `${characters[index]}${character}`);
    const others = words(run).filter((word) => {
      const length = Array.from(word).length;
      return length > 2 || HAN.test(word);
    });
    return characters.length === 1 ? characters : [...pairs, ...others];
  }

  return (text: string): UnspacedTerms => {
    const terms: string[] = [];
    const rest = text.replaceAll(RUNS, (run: string, ideographs: string | undefined) => {
      terms.push(...(ideographs === undefined ? words(run) : ideographTerms(run)));
      return ' ';
    });
    return { terms, rest };
  };
}
