import type { TokenUsage } from '../chat-model.ts';
import { loadTokenCounter } from './count-tokens.ts';
import { overheadTokensOf, textsOf, type Prompt } from './request-texts.ts';

/** Our own count, for an endpoint that sent none. */
export async function countUsage(prompt: Prompt, answer: string): Promise<TokenUsage> {
  const countTokens = await loadTokenCounter();
  const promptTokens = textsOf(prompt).reduce(
    (total, text) => total + countTokens(text),
    overheadTokensOf(prompt),
  );
  return { promptTokens, completionTokens: countTokens(answer), isEstimated: true };
}
