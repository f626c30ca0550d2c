import type { TokenUsage } from '../chat-model.ts';
import { estimateTokens } from '../tokens/estimate-tokens.ts';
import { overheadTokensOf, textsOf, type Prompt } from '../tokens/request-texts.ts';

/** Pieces are counted together: by themselves each would be rounded up. */
const COUNTED_TOGETHER = 256;

/** About how many tokens a request has, rather too many. */
export function estimatePromptTokens(prompt: Prompt): number {
  return textsOf(prompt).reduce(
    (total, text) => total + estimateTokens(text),
    overheadTokensOf(prompt),
  );
}

/** What an answer used of which the endpoint told no figures: one that broke off is charged by it. */
export function estimateUsage(prompt: Prompt, written: string): TokenUsage {
  return {
    promptTokens: estimatePromptTokens(prompt),
    completionTokens: estimateTokens(written),
    isEstimated: true,
  };
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
    /** Whether there are more; no character has more than one, so that few pieces must be counted to know. */
    isOver(limit: number): boolean {
      return counted + uncounted.length > limit && this.tokens() > limit;
    },
  };
}
