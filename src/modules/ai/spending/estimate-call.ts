import type { ChatRequest } from '../chat-model.ts';
import { estimateTokens } from '../tokens/estimate-tokens.ts';

// What endpoints add around a turn: its role and its separators.
const TURN_OVERHEAD_TOKENS = 4;
/** Pieces are counted together: by themselves each would be rounded up. */
const COUNTED_TOGETHER = 256;

/** About how many tokens a request has, rather too many. */
export function estimatePromptTokens({ turns }: Pick<ChatRequest, 'turns'>): number {
  return turns.reduce(
    (total, { content }) => total + estimateTokens(content) + TURN_OVERHEAD_TOKENS,
    0,
  );
}

/** Counts the tokens of a text that comes in pieces. */
export function createTextTokenMeter() {
  let counted = 0;
  let uncounted = '';
  return {
    add(text: string): void {
      uncounted += text;
      if (uncounted.length < COUNTED_TOGETHER) return;
      counted += estimateTokens(uncounted);
      uncounted = '';
    },
    tokens: (): number => counted + estimateTokens(uncounted),
  };
}
