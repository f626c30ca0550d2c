import type { ChatRequest } from '#modules/ai';
import type { RetrievedPassage } from './retrieved-passage.ts';
import { renderSources } from './render-sources.ts';
import { trimHistory } from './trim-history.ts';

export type Grounding = {
  readonly systemPrompt: string;
  readonly passages: readonly RetrievedPassage[];
  readonly countTokens: (text: string) => number;
};

/** What a prompt may take of a model's context, its sources included. */
const MAX_PROMPT_TOKENS = 12_000;

/** Puts our prompt and numbered sources before a conversation, and leaves out what is too old to fit. */
export function groundRequest(
  request: ChatRequest,
  { systemPrompt, passages, countTokens }: Grounding,
): ChatRequest {
  const sources = passages.length > 0 ? `\n\n${renderSources(passages)}` : '';
  const turns = trimHistory({
    turns: [{ role: 'system', content: `${systemPrompt}${sources}` }, ...request.turns],
    maxTokens: MAX_PROMPT_TOKENS,
    countTokens,
  });
  const numbered = passages.map(({ documentTitle, page, content, score }, index) => ({
    id: index + 1,
    documentTitle,
    page,
    content,
    score,
  }));
  return { ...request, turns, passages: numbered };
}
