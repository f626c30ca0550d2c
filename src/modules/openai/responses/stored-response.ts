import type { ResponseId } from '#shared/ids';
import type { StoredItem } from '../items/stored-item.ts';
import type { ResponseView } from './response.schemas.ts';

export type { ResponseView };

/** Kept as it was told, since nobody else reads it. */
export type StoredResponse = {
  readonly id: ResponseId;
  readonly previousId: ResponseId | null;
  readonly input: readonly StoredItem[];
  readonly body: ResponseView;
};
