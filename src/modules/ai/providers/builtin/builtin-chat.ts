import type { ChatEvent, ChatModel, ChatRequest, TokenUsage } from '../../chat-model.ts';
import { citeQuote } from '../../citation-syntax.ts';
import { estimateTokens } from '../../tokens/estimate-tokens.ts';
import { createSentenceSelector, type SentenceSelector } from './select-sentences.ts';

export const BUILTIN_CHAT_MODEL = 'builtin-extractive';

const NO_PASSAGES =
  'I found nothing about this. I can only quote documents, and none has a passage that fits.';
const NO_ANSWER = 'I found no answer to this in the documents.';
// A word with the space behind it; what has no spaces goes in short pieces.
const DELTA = /\S{1,16}\s*|\s+/gu;

/** Answers without any model: it quotes the sentences of the passages that fit the question best, and cites them. */
export function createBuiltinChatModel(): ChatModel {
  let selector: SentenceSelector | undefined;

  return {
    name: BUILTIN_CHAT_MODEL,
    provider: 'builtin',

    async *stream(request, signal): AsyncGenerator<ChatEvent, void, void> {
      signal.throwIfAborted();
      selector ??= createSentenceSelector();
      const answer = compose(request, selector);
      for (const [text] of answer.matchAll(DELTA)) {
        signal.throwIfAborted();
        yield { type: 'text-delta', text };
      }
      yield { type: 'finish', reason: 'stop', usage: estimateUsage(request, answer) };
    },
  };
}

function compose({ turns, passages }: ChatRequest, select: SentenceSelector): string {
  if (passages.length === 0) return NO_PASSAGES;
  const question = turns.findLast(({ role }) => role === 'user')?.content ?? '';
  const quotes = select(question, passages);
  if (quotes.length === 0) return NO_ANSWER;
  return quotes.map(({ text, passageId }) => citeQuote(text, passageId)).join('\n\n');
}

/** It reads no prompt: what it works on are the newest question and the passages. */
function estimateUsage({ turns, passages }: ChatRequest, answer: string): TokenUsage {
  const question = turns.findLast(({ role }) => role === 'user')?.content ?? '';
  const read = passages.reduce((total, { content }) => total + estimateTokens(content), 0);
  return {
    promptTokens: estimateTokens(question) + read,
    completionTokens: estimateTokens(answer),
    isEstimated: true,
  };
}
