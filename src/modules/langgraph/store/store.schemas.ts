import { z } from 'zod';
import { freeObject, text, timestamp, upTo } from '#platform/http/schema-parts';
import { absent, limitTo, offset } from '../wire/wire-parts.schemas.ts';
import type { StoreItem } from './store-items.repository.ts';

const MAX_NAME_LENGTH = 255;
const MAX_NAMES = 16;
const MAX_FOUND = 100;
const MAX_NAMESPACES = 1000;
const DEFAULT_NAMESPACES = 100;

const name = text(MAX_NAME_LENGTH).min(1).refine(hasNoDot, 'Must not contain a full stop');
const namespace = z.array(name).min(1).max(MAX_NAMES);
const part = z.array(name).max(MAX_NAMES);
const key = text(MAX_NAME_LENGTH).min(1);
const filter = freeObject()
  .refine(hasPlainValues, 'Must hold values to be equal to: operators are not taken')
  .describe('Members that a value holds');

export const ItemPut = z
  .strictObject({
    namespace,
    key,
    value: freeObject(),
    index: z
      .union([z.boolean(), z.array(text(MAX_NAME_LENGTH)).max(MAX_FOUND)])
      .nullish()
      .describe('Items are not searched by meaning: it changes nothing'),
    ttl: absent(z.null()),
  })
  .meta({ id: 'LangGraphItemPut' });

export const ItemQuery = z.object({
  namespace: z
    .string()
    .min(1)
    .max(MAX_NAMES * (MAX_NAME_LENGTH + 1))
    .transform((joined) => joined.split('.'))
    .pipe(namespace)
    .describe('Its names, with full stops between them'),
  key,
  refresh_ttl: z.string().max(8).optional().describe('Items are kept until they are deleted'),
});

export const ItemDelete = z.strictObject({ namespace, key }).meta({ id: 'LangGraphItemDelete' });

export const ItemSearchRequest = z
  .strictObject({
    namespace_prefix: part.default([]),
    filter: filter.nullish(),
    limit: limitTo(MAX_FOUND),
    offset,
    query: absent(z.literal('')),
    refresh_ttl: z.boolean().nullish(),
  })
  .meta({ id: 'LangGraphItemSearch' });

export const NamespaceSearchRequest = z
  .strictObject({
    prefix: part.nullish().describe('What they begin with; `*` stands for any name'),
    suffix: part.nullish().describe('What they end with'),
    max_depth: upTo(MAX_NAMES).min(1).nullish().describe('Longer ones are cut to so many names'),
    limit: upTo(MAX_NAMESPACES).min(1).default(DEFAULT_NAMESPACES),
    offset,
  })
  .meta({ id: 'LangGraphNamespaceSearch' });

export const ItemResponse = z
  .object({
    namespace: z.array(z.string()),
    key: z.string(),
    value: z.record(z.string(), z.unknown()),
    created_at: timestamp,
    updated_at: timestamp,
  })
  .meta({ id: 'LangGraphItem' });

export const ItemListResponse = z
  .object({ items: z.array(ItemResponse) })
  .meta({ id: 'LangGraphItemList' });

export const NamespaceListResponse = z
  .object({ namespaces: z.array(z.array(z.string())) })
  .meta({ id: 'LangGraphNamespaceList' });

export function presentItem(item: StoreItem): z.input<typeof ItemResponse> {
  return {
    namespace: [...item.namespace],
    key: item.key,
    value: { ...item.value },
    created_at: item.createdAt,
    updated_at: item.updatedAt,
  };
}

function hasNoDot(value: string): boolean {
  return !value.includes('.');
}

/** `{"$gt": 1}` would be looked for as it stands, and never be found. */
function hasPlainValues(wanted: Readonly<Record<string, unknown>>): boolean {
  return Object.values(wanted).every(
    (value) =>
      typeof value !== 'object' ||
      value === null ||
      !Object.keys(value).some((member) => member.startsWith('$')),
  );
}
