import { z } from 'zod';
import { numeric, text, upTo, uuid } from '#platform/http/schema-parts';
import type { ChunkId, DocumentId, ProjectId } from '#shared/ids';
import type { AttributeFilter } from './attribute-filter.ts';
import type { Retrieval } from './knowledge-retriever.ts';
import type { RetrievalFilter } from './retrieval-filter.ts';

const MAX_QUERY_LENGTH = 4000;
const MAX_TOP_K = 50;
const MAX_FILTERED_DOCUMENTS = 100;
const MAX_MIME_TYPE_LENGTH = 255;
const MAX_KEY_LENGTH = 64;
const MAX_VALUE_LENGTH = 512;
const MAX_VALUES = 100;
const MAX_CONDITIONS = 16;
const MAX_NEIGHBOURS = 3;

const Mode = z.enum(['lexical', 'vector', 'hybrid']);

export const SearchParams = z.object({ id: uuid<ProjectId>() });

const key = text(MAX_KEY_LENGTH).min(1);
const value = z.union([text(MAX_VALUE_LENGTH), numeric(), z.boolean()]);

const AttributeCondition = z
  .discriminatedUnion('op', [
    z.strictObject({ op: z.enum(['eq', 'ne', 'gt', 'gte', 'lt', 'lte']), key, value }),
    z.strictObject({
      op: z.enum(['in', 'nin']),
      key,
      values: z.array(value).min(1).max(MAX_VALUES),
    }),
  ])
  .meta({ id: 'AttributeCondition' });

const SearchFilter = z
  .strictObject({
    document_ids: z.array(uuid<DocumentId>()).min(1).max(MAX_FILTERED_DOCUMENTS).optional(),
    mime_type: text(MAX_MIME_TYPE_LENGTH).optional(),
    attributes: z
      .array(AttributeCondition)
      .min(1)
      .max(MAX_CONDITIONS)
      .optional()
      .describe('What the attributes of a document must be, each condition of them'),
  })
  .meta({ id: 'SearchFilter' });

export const SearchRequest = z
  .strictObject({
    query: text(MAX_QUERY_LENGTH).min(1).describe('The question, or words to find'),
    top_k: z.int().min(1).max(MAX_TOP_K).optional().describe('Passages to return'),
    mode: Mode.optional().describe('Without it, hybrid where an embedding model is configured'),
    filter: SearchFilter.optional(),
    neighbours: upTo(MAX_NEIGHBOURS)
      .optional()
      .describe('Passages before and after each, of its page and section, that are joined to it'),
  })
  .meta({ id: 'SearchRequest' });

const PassageResponse = z
  .object({
    chunk_id: uuid<ChunkId>(),
    document_id: uuid<DocumentId>(),
    document_title: z.string(),
    content: z.string(),
    score: z.number(),
    page: z.int().nullable().describe('Page of a paged document, counted from 1'),
    start_offset: z.int().describe('First UTF-16 code unit in the text of the document'),
    end_offset: z.int(),
  })
  .meta({ id: 'PassageResponse' });

export const SearchResponse = z
  .object({
    items: z.array(PassageResponse),
    mode: Mode.describe('How it was found: hybrid is lexical where no vectors can be had'),
  })
  .meta({ id: 'SearchResponse' });

/** A filter in our words. */
export function readFilter(filter: z.output<typeof SearchFilter>): RetrievalFilter {
  const { document_ids: documentIds, mime_type: mimeType, attributes } = filter;
  const conditions = attributes?.map(readCondition);
  return {
    documentIds,
    mimeType,
    attributes: conditions && { type: 'and', filters: conditions },
  };
}

function readCondition(condition: z.output<typeof AttributeCondition>): AttributeFilter {
  return 'values' in condition
    ? { type: condition.op, key: condition.key, value: condition.values }
    : { type: condition.op, key: condition.key, value: condition.value };
}

export function presentRetrieval({ passages, mode }: Retrieval): z.input<typeof SearchResponse> {
  const items = passages.map((passage) => ({
    chunk_id: passage.chunkId,
    document_id: passage.documentId,
    document_title: passage.documentTitle,
    content: passage.content,
    score: passage.score,
    page: passage.page,
    start_offset: passage.startOffset,
    end_offset: passage.endOffset,
  }));
  return { items, mode };
}
