export type TokenCounter = (text: string) => number;

// Merging takes the square of the length of an unbroken piece: longer ones, which no language has, are
// counted in parts.
const MAX_PIECE_LENGTH = 512;
const UNBROKEN = new RegExp(String.raw`\S{${MAX_PIECE_LENGTH},}`);
// A text may well hold "<|endoftext|>": it is text here, not a command.
const ALL_IS_TEXT = { disallowedSpecial: new Set<string>() };

/** Loads the o200k encoding, which takes a third of a second and 76 MB: only for who must know exactly. */
export async function loadTokenCounter(): Promise<TokenCounter> {
  const { countTokens } = await import('gpt-tokenizer');
  return (text) => partsOf(text).reduce((total, part) => total + countTokens(part, ALL_IS_TEXT), 0);
}

/** True when `text` has at most `maxTokens`; a short text is known to fit without the encoding. */
export async function fitsTokens(text: string, maxTokens: number): Promise<boolean> {
  if (Buffer.byteLength(text) <= maxTokens) return true;
  const countTokens = await loadTokenCounter();
  return countTokens(text) <= maxTokens;
}

/** The beginning of `text` that has at most `maxTokens`; never ends inside a character. */
export async function truncateToTokens(text: string, maxTokens: number): Promise<string> {
  if (await fitsTokens(text, maxTokens)) return text;
  const { encode, decode } = await import('gpt-tokenizer');
  let kept = '';
  let leftTokens = maxTokens;
  for (const part of partsOf(text)) {
    const tokens = encode(part, ALL_IS_TEXT);
    if (tokens.length > leftTokens) {
      return kept + withoutBrokenEnd(decode(tokens.slice(0, leftTokens)), part);
    }
    kept += part;
    leftTokens -= tokens.length;
  }
  return kept;
}

function partsOf(text: string): readonly string[] {
  if (!UNBROKEN.test(text)) return [text];
  // By code points, so that no part ends in half of a character.
  const parts = text.match(new RegExp(String.raw`[\s\S]{1,${MAX_PIECE_LENGTH}}`, 'gu'));
  return parts ?? [];
}

/** Tokens are bytes: the last ones can be the first bytes of a character that is cut. */
function withoutBrokenEnd(decoded: string, original: string): string {
  let length = decoded.length;
  while (length > 0 && !original.startsWith(decoded.slice(0, length))) length -= 1;
  return decoded.slice(0, length);
}
