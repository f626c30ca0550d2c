import { z } from 'zod';
import type { AttributeFilter } from '#modules/knowledge';
import { numeric, text } from '#platform/http/schema-parts';
import { openAiFileId } from '../files/files.schemas.ts';
import type { StoreSearch } from './store-search.service.ts';

const MAX_QUERY_LENGTH = 4000;
const MAX_QUERIES = 8;
const MAX_RESULTS = 50;
const DEFAULT_RESULTS = 10;
const MAX_KEY_LENGTH = 64;
const MAX_VALUE_LENGTH = 512;
const MAX_VALUES = 100;
const MAX_FILTERS = 50;
const MAX_FILTERS_IN_ALL = 200;

const query = text(MAX_QUERY_LENGTH).min(1);
const key = text(MAX_KEY_LENGTH).min(1);
const word = text(MAX_VALUE_LENGTH);

const value = z.union([word, numeric(), z.boolean()]);

const comparisons = [
  z.strictObject({ type: z.enum(['eq', 'ne']), key, value }),
  z.strictObject({
    type: z.enum(['gt', 'gte', 'lt', 'lte']),
    key,
    value: z.union([word, numeric()]),
  }),
  z.strictObject({
    type: z.enum(['in', 'nin']),
    key,
    value: z.array(value).min(1).max(MAX_VALUES),
  }),
] as const;

function compoundOf<Inner extends z.ZodType>(inner: Inner) {
  return z.strictObject({
    type: z.enum(['and', 'or']),
    filters: z.array(inner).min(1).max(MAX_FILTERS),
  });
}

/** Compound filters in compound filters, three deep. */
const Inmost = z.discriminatedUnion('type', [...comparisons]);
const Inner = z.discriminatedUnion('type', [...comparisons, compoundOf(Inmost)]);
const Middle = z.discriminatedUnion('type', [...comparisons, compoundOf(Inner)]);
const Filter = z.discriminatedUnion('type', [...comparisons, compoundOf(Middle)]);

export const VectorStoreSearch = z
  .strictObject({
    query: z.union([query, z.array(query).min(1).max(MAX_QUERIES)]),
    filters: Filter.refine(
      (filter) => countFilters(filter) <= MAX_FILTERS_IN_ALL,
      `At most ${MAX_FILTERS_IN_ALL} filters in all`,
    ).nullish(),
    max_num_results: z.int().min(1).max(MAX_RESULTS).default(DEFAULT_RESULTS),
    ranking_options: z
      .strictObject({
        ranker: z.enum(['none', 'auto', 'default-2024-11-15']).optional(),
        score_threshold: numeric().min(0).max(1).optional(),
      })
      .nullish(),
    rewrite_query: z
      .boolean()
      .optional()
      .describe('Taken, and without effect: the answer tells the query that was searched for'),
  })
  .meta({ id: 'OpenAiVectorStoreSearch' });

export const VectorStoreSearchResponse = z
  .object({
    object: z.literal('vector_store.search_results.page'),
    search_query: z.array(z.string()),
    data: z.array(
      z.object({
        file_id: z.string(),
        filename: z.string(),
        score: z.number().describe('Between 0 and 1'),
        attributes: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
        content: z.array(z.object({ type: z.literal('text'), text: z.string() })),
      }),
    ),
    has_more: z.literal(false),
    next_page: z.null(),
  })
  .meta({ id: 'OpenAiVectorStoreSearchResponse' });

/** The search that a body asks for. */
export function readSearch({
  query: asked,
  filters,
  max_num_results: limit,
  ranking_options: ranking,
}: z.output<typeof VectorStoreSearch>) {
  return {
    queries: [asked].flat(),
    limit,
    threshold: ranking?.score_threshold ?? 0,
    filter: filters ?? undefined,
  };
}

export function presentStoreSearch({
  queries,
  results,
}: StoreSearch): z.input<typeof VectorStoreSearchResponse> {
  return {
    object: 'vector_store.search_results.page',
    search_query: [...queries],
    data: results.map((result) => ({
      file_id: openAiFileId(result.fileId),
      filename: result.documentTitle,
      score: result.relevance,
      attributes: result.attributes,
      content: [{ type: 'text', text: result.content }],
    })),
    has_more: false,
    next_page: null,
  };
}

function countFilters(filter: AttributeFilter): number {
  if (!('filters' in filter)) return 1;
  return filter.filters.reduce((sum, inner) => sum + countFilters(inner), 1);
}
