import type { InputItem } from './response-items.schemas.ts';

/** An input item as it is kept: it can be told apart from the others. */
export type StoredItem = InputItem & { readonly id: string };
