import type { Queries } from '#platform/db/database';
import type { ChunkId, DocumentId } from '#shared/ids';
import { pageOffset, type Page, type PageRequest } from '#shared/page';

export type ChunkRecord = {
  readonly id: ChunkId;
  readonly ordinal: number;
  readonly content: string;
  readonly tokenCount: number;
  readonly page: number | null;
  readonly startOffset: number;
  readonly endOffset: number;
  readonly headingPath: readonly string[];
};

export type ChunksRepository = ReturnType<typeof createChunksRepository>;

export function createChunksRepository(queries: Queries) {
  return {
    /** The searchable chunks of a document, in the order of its text. */
    async list(documentId: DocumentId, page: PageRequest): Promise<Page<ChunkRecord>> {
      const matching = queries
        .selectFrom('chunks')
        .innerJoin('indexings', 'indexings.id', 'chunks.indexing_id')
        .where('indexings.document_id', '=', documentId)
        .where('indexings.state', '=', 'live');
      const countAll = matching.select((row) => row.fn.countAll<number>().as('total'));
      const items = await matching
        .select([
          'chunks.id',
          'ordinal',
          'content',
          'token_count as tokenCount',
          'page',
          'start_offset as startOffset',
          'end_offset as endOffset',
          'heading_path as headingPath',
        ])
        .orderBy('ordinal')
        .limit(page.pageSize)
        .offset(pageOffset(page))
        .$castTo<ChunkRecord>()
        .execute();
      const { total } = await countAll.executeTakeFirstOrThrow();
      return { items, total, page: page.page, pageSize: page.pageSize };
    },
  };
}
