import { z } from 'zod';
import { text, uuid } from '#platform/http/schema-parts';
import type { ChunkId, DocumentId, ProjectId } from '#shared/ids';
import type { Retrieval } from './knowledge-retriever.ts';

const MAX_QUERY_LENGTH = 4000;
const MAX_TOP_K = 50;
const MAX_FILTERED_DOCUMENTS = 100;
const MAX_MIME_TYPE_LENGTH = 255;

const Mode = z.enum(['lexical', 'vector', 'hybrid']);

export const SearchParams = z.object({ id: uuid<ProjectId>() });

const SearchFilter = z
  .strictObject({
    document_ids: z.array(uuid<DocumentId>()).min(1).max(MAX_FILTERED_DOCUMENTS).optional(),
    mime_type: text(MAX_MIME_TYPE_LENGTH).optional(),
  })
  .meta({ id: 'SearchFilter' });

export const SearchRequest = z
  .strictObject({
    query: text(MAX_QUERY_LENGTH).min(1).describe('The question, or words to find'),
    top_k: z.int().min(1).max(MAX_TOP_K).optional().describe('Passages to return'),
    mode: Mode.optional().describe('Without it, hybrid where an embedding model is configured'),
    filter: SearchFilter.optional(),
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
