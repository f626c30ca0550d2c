import type { z } from 'zod';
import { invalid } from '#platform/errors/app-error';
import { presentItem } from '../items/present-item.ts';
import type { StoredItem } from '../items/stored-item.ts';
import type { OpenAiResponseItemList, ResponseItemFilter } from './response.schemas.ts';

/** A page of what a response was asked with, by place. */
export function presentItemPage(
  input: readonly StoredItem[],
  { limit, order, after }: z.output<typeof ResponseItemFilter>,
): z.input<typeof OpenAiResponseItemList> {
  const items = order === 'asc' ? input : input.toReversed();
  const start = after === undefined ? 0 : placeAfter(items, after);
  const data = items.slice(start, start + limit).map(presentItem);
  return {
    object: 'list',
    data,
    first_id: data.at(0)?.id ?? null,
    last_id: data.at(-1)?.id ?? null,
    has_more: start + limit < items.length,
  };
}

function placeAfter(items: readonly StoredItem[], id: string): number {
  const place = items.findIndex((item) => item.id === id);
  if (place < 0) throw invalid([{ field: 'after', message: `There is no item "${id}"` }]);
  return place + 1;
}
