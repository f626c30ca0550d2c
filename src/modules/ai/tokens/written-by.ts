import type { ChatEvent } from '../chat-model.ts';

/** What an event adds to that which a provider charges as written: text, and calls of tools. */
export function writtenBy(event: ChatEvent): string {
  if (event.type === 'text-delta') return event.text;
  return event.type === 'tool-call-delta' ? `${event.name ?? ''}${event.arguments}` : '';
}
