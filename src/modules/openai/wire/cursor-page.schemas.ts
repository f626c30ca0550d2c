import { z, type ZodType } from 'zod';

const MAX_LIMIT = 100;
const DEFAULT_LIMIT = 20;

export type CursorRequest<Id> = {
  readonly limit: number;
  readonly order: 'asc' | 'desc';
  readonly after?: Id | undefined;
  readonly before?: Id | undefined;
};

/** How a list is walked: in the order of making, from one id on, or back from one. */
export function cursorQuery<Id extends ZodType>(
  id: Id,
  { maxLimit = MAX_LIMIT, defaultLimit = DEFAULT_LIMIT } = {},
) {
  return z.object({
    limit: z.coerce.number().int().min(1).max(maxLimit).default(defaultLimit),
    order: z.enum(['asc', 'desc']).default('desc').describe('By the time of making'),
    after: id.optional().describe('The last id of the page before'),
  });
}

export function cursorPageOf<Item extends ZodType>(item: Item) {
  return z.object({
    object: z.literal('list'),
    data: z.array(item),
    first_id: z.string().nullable(),
    last_id: z.string().nullable(),
    has_more: z.boolean(),
  });
}

/** What to ask a slice for: one item more than the page has, to know whether another follows. */
export function sliceRequest<Id>({ limit, order, after, before }: CursorRequest<Id>) {
  const isBackwards = before !== undefined && after === undefined;
  const opposite = order === 'asc' ? 'desc' : 'asc';
  return {
    afterId: after ?? before,
    direction: isBackwards ? opposite : order,
    limit: limit + 1,
  } as const;
}

/** The page of what a slice brought. */
export function presentCursorPage<Item, View extends { readonly id: string }>(
  items: readonly Item[],
  request: CursorRequest<unknown>,
  present: (item: Item) => View,
) {
  const kept = items.slice(0, request.limit).map((item) => present(item));
  const data =
    request.before !== undefined && request.after === undefined ? kept.toReversed() : kept;
  return {
    object: 'list' as const,
    data,
    first_id: data[0]?.id ?? null,
    last_id: data.at(-1)?.id ?? null,
    has_more: items.length > request.limit,
  };
}
