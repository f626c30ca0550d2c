import { readImage, type ChatTurn } from '#modules/ai';
import type { InputItem } from './input-items.schemas.ts';
import type { OutputItem } from './output-items.schemas.ts';

type Item = InputItem | OutputItem;

/** A conversation in our words; the calls that stand together are one turn, with what was said before them. */
export function readItems(items: readonly Item[]): readonly ChatTurn[] {
  const turns: ChatTurn[] = [];
  for (const item of items) {
    const turn = readItem(item);
    const last = turns.at(-1);
    if (turn?.toolCalls && last?.role === 'assistant') {
      const toolCalls = [...(last.toolCalls ?? []), ...turn.toolCalls];
      turns.splice(-1, 1, { ...last, toolCalls });
    } else if (turn) turns.push(turn);
  }
  return turns;
}

function readItem(item: Item): ChatTurn | undefined {
  switch (item.type) {
    case 'function_call': {
      const { call_id: id, name, arguments: args } = item;
      return { role: 'assistant', content: '', toolCalls: [{ id, name, arguments: args }] };
    }
    case 'function_call_output':
      return { role: 'tool', content: readText(item.output), toolCallId: item.call_id };
    case 'file_search_call':
      return undefined;
    case 'message':
      return readMessage(item);
  }
}

type Message = Extract<Item, { readonly role: string }>;

function readMessage({ role, content }: Message): ChatTurn {
  const images = readImages(content);
  return {
    role: role === 'developer' ? 'system' : role,
    content: readText(content),
    ...(images.length > 0 && { images }),
  };
}

type Content = Message['content'];

function readText(content: Content): string {
  if (typeof content === 'string') return content;
  return content
    .flatMap((part) => {
      if (part.type === 'input_image') return [];
      return part.type === 'refusal' ? [part.refusal] : [part.text];
    })
    .join('\n');
}

function readImages(content: Content) {
  if (typeof content === 'string') return [];
  return content.flatMap((part) =>
    part.type === 'input_image' ? (readImage(part.image_url) ?? []) : [],
  );
}
