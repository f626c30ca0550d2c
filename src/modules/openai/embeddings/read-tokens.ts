import { invalid } from '#platform/errors/app-error';

export type ReadTokens = (tokens: readonly number[]) => string;

/**
 * Makes texts of tokens again, which some clients send rather than texts. OpenAI's models for vectors have one
 * encoding, and clients take it for models that they do not know.
 */
export async function loadTokenReader(): Promise<ReadTokens> {
  // The vocabulary takes a third of a second and 60 MB.
  const { decode, vocabularySize } = await import('gpt-tokenizer/encoding/cl100k_base');
  return (tokens) => {
    if (tokens.some((token) => token >= vocabularySize)) throw unknownToken();
    return decode(tokens);
  };
}

function unknownToken() {
  return invalid([{ field: 'input', message: 'Has a token that cl100k_base does not have' }]);
}
