import type { AgentRun, ConversationWindow } from './agent-run.ts';
import { trimHistory } from './trim-history.ts';

/** Keeps a thread's state small whatever the length of its conversation. */
const MAX_WINDOW_TOKENS = 6000;
const MAX_WINDOW_TURNS = 40;

/** Adds the exchange to the window; a question that got no answer at all is left out. */
export function remember(
  { window, reply }: { readonly window: ConversationWindow; readonly reply: string },
  { question, countTokens }: Pick<AgentRun, 'question' | 'countTokens'>,
): { window: ConversationWindow } {
  if (reply === '') return { window };
  const turns: ConversationWindow = [
    ...window,
    { role: 'user', content: question },
    { role: 'assistant', content: reply },
  ];
  const recent = turns.slice(-MAX_WINDOW_TURNS);
  return { window: trimHistory({ turns: recent, maxTokens: MAX_WINDOW_TOKENS, countTokens }) };
}
