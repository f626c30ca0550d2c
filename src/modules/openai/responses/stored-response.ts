import type { ResponseId } from '#shared/ids';
import type { InputItem } from './response-items.schemas.ts';
import type { ResponseView } from './response.schemas.ts';

export type { ResponseView };

/** An input item as it is kept: it can be told apart from the others. */
export type StoredItem = InputItem & { readonly id: string };

/** Kept as it was told, since nobody else reads it. */
export type StoredResponse = {
  readonly id: ResponseId;
  readonly previousId: ResponseId | null;
  readonly input: readonly StoredItem[];
  readonly body: ResponseView;
};
