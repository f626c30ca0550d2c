import { z, type ZodType } from 'zod';
import type { Page, PageRequest } from '#shared/page';

export type Sort<Column extends string> = {
  readonly column: Column;
  readonly direction: 'asc' | 'desc';
};

const DEFAULT_PAGE_SIZE = 20;
const MAX_PAGE_SIZE = 100;
const MAX_MEMBER_LENGTH = 255;
/** Keeps the offset of the last page inside a 32-bit integer. */
const MAX_PAGE = Math.floor((2 ** 31 - 1) / MAX_PAGE_SIZE);

/** An id in canonical text form, typed as the branded id `T`. */
export function uuid<T extends string = string>(): ZodType<T, string> {
  return z.uuid() as unknown as ZodType<T, string>;
}

const UUID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';

/** An id whose wire form begins with what it is of; inside it is the plain id `T`. */
export function prefixedUuid<T extends string>(prefix: string): ZodType<T, string> {
  return z
    .string()
    .regex(new RegExp(`^${prefix}${UUID}$`), `Must be an id that begins with "${prefix}"`)
    .transform((id) => id.slice(prefix.length)) as unknown as ZodType<T, string>;
}

/** Text that PostgreSQL stores and returns unchanged: no NUL, no half of a surrogate pair. */
export function text(maxLength: number) {
  return z
    .string()
    .max(maxLength)
    .refine(isStorableText, 'Must not contain a NUL character or a lone surrogate');
}

/** An object of any shape, all of whose texts and numbers are such as can be kept. */
export function freeObject() {
  return z.record(text(MAX_MEMBER_LENGTH), z.unknown()).superRefine((members, context) => {
    for (const path of unkeptPaths(members)) {
      context.addIssue({ code: 'custom', path: [...path], message: 'Cannot be kept as it is' });
    }
  });
}

/** A moment as ISO 8601 in UTC. */
export const timestamp = z.iso.datetime();

/** A number that survives the way to the database and back. */
export function numeric() {
  return z
    .number()
    .refine(isExactNumber, 'Must be finite, not negative zero, and no integer beyond 2^53 - 1');
}

/** A whole number from zero. */
export function upTo(maximum: number) {
  return z
    .int()
    .min(0)
    .max(maximum)
    .refine((value) => !Object.is(value, -0), 'Must not be negative zero');
}

/** The query of a paged list; `sort` names a column, with `-` in front for descending. */
export function listQuery<const Column extends string>(options: {
  readonly sort: readonly Column[];
  readonly default: NoInfer<Column> | `-${NoInfer<Column>}`;
}) {
  const sorts = new Map<string, Sort<Column>>(
    options.sort.flatMap((column) => [
      [column, { column, direction: 'asc' as const }],
      [`-${column}`, { column, direction: 'desc' as const }],
    ]),
  );
  const sort = z
    .enum([...sorts.keys()])
    .default(options.default)
    .transform((name, context): Sort<Column> => {
      const found = sorts.get(name);
      if (found) return found;
      context.addIssue({ code: 'custom', message: 'Unknown order' });
      return z.NEVER;
    })
    .describe('Order of the list; a leading `-` sorts descending');
  return z.object({
    page: z.coerce.number().int().min(1).max(MAX_PAGE).default(1).describe('Page, counted from 1'),
    page_size: z.coerce
      .number()
      .int()
      .min(1)
      .max(MAX_PAGE_SIZE)
      .default(DEFAULT_PAGE_SIZE)
      .describe('Items a page'),
    sort,
  });
}

/** The wire form of a page of `item`. */
export function pageOf<Item extends ZodType>(item: Item) {
  return z.object({
    items: z.array(item),
    total: z.int().min(0),
    page: z.int().min(1),
    page_size: z.int().min(1),
    total_pages: z.int().min(0),
  });
}

export function presentPage<Item, View>(page: Page<Item>, present: (item: Item) => View) {
  return {
    items: page.items.map((item) => present(item)),
    total: page.total,
    page: page.page,
    page_size: page.pageSize,
    total_pages: Math.ceil(page.total / page.pageSize),
  };
}

export function pageRequest(query: { page: number; page_size: number }): PageRequest {
  return { page: query.page, pageSize: query.page_size };
}

export function sortOf<Column extends string>(query: { sort: Sort<Column> }): Sort<Column> {
  return query.sort;
}

/** Where something is that would not come back from the database as it went there. */
function unkeptPaths(value: unknown): readonly (readonly PropertyKey[])[] {
  if (typeof value === 'string') return isStorableText(value) ? [] : [[]];
  if (typeof value === 'number') return isExactNumber(value) ? [] : [[]];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, member]) => {
    if (!isStorableText(name)) return [[name]];
    return unkeptPaths(member).map((path) => [name, ...path]);
  });
}

function isStorableText(value: string): boolean {
  return !value.includes('\0') && value.isWellFormed();
}

function isExactNumber(value: number): boolean {
  return (
    Number.isFinite(value) &&
    !Object.is(value, -0) &&
    (!Number.isInteger(value) || Number.isSafeInteger(value))
  );
}
