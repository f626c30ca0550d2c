import type { ConversationItem } from './stored-item.ts';

/** As OpenAI lists items: text in parts, and whole. */
export function presentItem(item: ConversationItem) {
  const whole = { ...item, status: item.status ?? 'completed' };
  if (!('content' in whole) || typeof whole.content !== 'string') return whole;
  const { role, content: text } = whole;
  const part =
    role === 'assistant'
      ? { type: 'output_text', text, annotations: [], logprobs: [] }
      : { type: 'input_text', text };
  return { ...whole, content: [part] };
}
