import type { ChatRequest } from '../chat-model.ts';
import { estimateTokens } from '../tokens/estimate-tokens.ts';

const INSTRUCTION = [
  'Your answer above was interrupted. Continue it from the very next character, spaces included.',
  'Do not repeat any of it, do not mention the interruption, and do not begin anew.',
].join(' ');

/** The request for the rest of an answer of which `said` is there already. */
export function continueRequest(request: ChatRequest, said: string): ChatRequest {
  const { turns, maxTokens } = request;
  return {
    ...request,
    turns: [...turns, { role: 'assistant', content: said }, { role: 'user', content: INSTRUCTION }],
    ...(maxTokens !== undefined && { maxTokens: Math.max(maxTokens - estimateTokens(said), 1) }),
  };
}
