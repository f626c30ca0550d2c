const ASCII_CHARACTERS_PER_TOKEN = 4;
// Measured with o200k: 0.2 for Cyrillic, 0.4 for Thai, 0.8 for Chinese and Japanese.
const TOKENS_PER_OTHER_CHARACTER = 0.7;
// oxlint-disable-next-line no-control-regex -- the range is ASCII itself
const NOT_ASCII = /[^\u0000-\u007f]/g;

/** How many tokens `text` has, roughly and rather too many: for figures that are flagged as estimated. */
export function estimateTokens(text: string): number {
  const others = text.match(NOT_ASCII)?.length ?? 0;
  const ascii = text.length - others;
  return Math.ceil(ascii / ASCII_CHARACTERS_PER_TOKEN + others * TOKENS_PER_OTHER_CHARACTER);
}

export function estimateAll(texts: readonly string[]): number {
  return texts.reduce((total, text) => total + estimateTokens(text), 0);
}
