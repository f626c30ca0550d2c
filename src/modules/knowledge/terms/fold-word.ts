const MARKS = /(?<=[\p{Script=Latin}\p{Script=Greek}]\p{M}*)\p{M}/gu;
// Letters that Unicode does not decompose, and how they are written without them.
const LETTERS: ReadonlyMap<string, string> = new Map([
  ['ß', 'ss'],
  ['æ', 'ae'],
  ['œ', 'oe'],
  ['ø', 'o'],
  ['đ', 'd'],
  ['ð', 'd'],
  ['þ', 'th'],
  ['ł', 'l'],
  ['ı', 'i'],
  ['ё', 'е'],
]);
// oxlint-disable-next-line no-control-regex -- the range is ASCII itself
const ASCII = /^[\u0000-\u007f]*$/;

/** A lower-case word as someone without its accents on the keyboard would write it. */
export function foldWord(word: string): string {
  if (ASCII.test(word)) return word;
  const replaced = word.replaceAll(/[ßæœøđðþłıё]/g, (letter) => LETTERS.get(letter) ?? letter);
  return replaced.normalize('NFD').replaceAll(MARKS, '').normalize('NFC');
}
