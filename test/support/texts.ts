/** Documents that share a few words, by their file names. */
export const ANIMALS = {
  'fox.txt': 'A quick fox jumps over the lazy dog and runs into the forest.',
  'owl.txt': 'The owl sleeps in the forest by day. At night the owl hunts mice.',
  'whale.txt': 'Whales live in the sea and sing to each other over great distances.',
};

/** Sentences that each hold the word and a number of their own. */
export function numberedSentences(word: string, count: number): string {
  const sentences = Array.from(
    { length: count },
    (_, index) =>
      `The ${word} ${index} stands beside the ${word} before it, on page ${index % 17}.`,
  );
  return sentences.join('\n\n');
}
