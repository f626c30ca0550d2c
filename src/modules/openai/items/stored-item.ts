import { randomUUID } from 'node:crypto';
import type { InputItem } from './input-items.schemas.ts';
import type { OutputItem } from './output-items.schemas.ts';

/** An input item as it is kept: it can be told apart from the others. */
export type StoredItem = InputItem & { readonly id: string };

/** What a conversation consists of. */
export type ConversationItem = StoredItem | OutputItem;

/** What an input item is given for an id, where it has none. */
const PREFIXES = {
  message: 'msg',
  function_call: 'fc',
  function_call_output: 'fco',
  file_search_call: 'fs',
};

export function identifyItems(items: readonly InputItem[]): readonly StoredItem[] {
  return items.map((item) => ({
    ...item,
    id: item.id ?? `${PREFIXES[item.type]}_${randomUUID()}`,
  }));
}
