import type { ChatRequest, TokenUsage } from '../chat-model.ts';
import { loadTokenCounter } from './count-tokens.ts';

// What endpoints add around a turn: its role and its separators.
const TURN_OVERHEAD_TOKENS = 4;

/** Our own count, for an endpoint that sent none. */
export async function countUsage(
  { turns }: Pick<ChatRequest, 'turns'>,
  answer: string,
): Promise<TokenUsage> {
  const countTokens = await loadTokenCounter();
  const promptTokens = turns.reduce(
    (total, { content }) => total + countTokens(content) + TURN_OVERHEAD_TOKENS,
    0,
  );
  return { promptTokens, completionTokens: countTokens(answer), isEstimated: true };
}
