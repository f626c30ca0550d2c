/** Sentences that each hold the word and a number of their own. */
export function numberedSentences(word: string, count: number): string {
  const sentences = Array.from(
    { length: count },
    (_, index) =>
      `The ${word} ${index} stands beside the ${word} before it, on page ${index % 17}.`,
  );
  return sentences.join('\n\n');
}
