import { createFilesRepository } from '../src/modules/files/files.repository.ts';
import { createDocumentsRepository } from '../src/modules/knowledge/documents/documents.repository.ts';
import { createTextIndexer } from '../src/modules/knowledge/evaluation/index-texts.ts';
import { fingerprintOf } from '../src/modules/knowledge/ingestion/fingerprint.ts';
import { createIndexingWritesRepository } from '../src/modules/knowledge/ingestion/indexing-writes.repository.ts';
import { createIndexingsRepository } from '../src/modules/knowledge/ingestion/indexings.repository.ts';
import { createIngestionsRepository } from '../src/modules/knowledge/ingestion/ingestions.repository.ts';
import type { ParsedBlock } from '../src/modules/knowledge/parsing/parsed-document.ts';
import type { ChunkDraft } from '../src/modules/knowledge/splitting/chunk-draft.ts';
import { createTermExtractor } from '../src/modules/knowledge/terms/term-extractor.ts';
import { createDatabase, type DatabaseSettings } from '../src/platform/db/create-database.ts';
import { createUnitOfWork, type Queries } from '../src/platform/db/database.ts';
import { createLogger } from '../src/platform/telemetry/logger.ts';
import { createMetrics } from '../src/platform/telemetry/metrics.ts';
import type { BenchAccount } from './sign-up.ts';

export type Collection = {
  readonly documents: number;
  readonly passagesEach: number;
  readonly writePassage: () => string;
};

const NEVER = new AbortController().signal;
const WORD_TOKENS = 2;
/** Of the service that is measured: it would renew an index of other sizes, and has no files to do it from. */
const DEFAULT_SIZES = { chunkTokens: 512, chunkOverlapTokens: 64 };

/**
 * Fills the account's project through the service's own code for chunks and postings, without files to upload and
 * parse, and leaves the tables as the database's upkeep would within a minute. The number of passages.
 */
export async function seedPassages(
  settings: DatabaseSettings,
  { teamId, projectId, userId }: BenchAccount,
  { documents, passagesEach, writePassage }: Collection,
): Promise<number> {
  const logger = createLogger({ level: 'silent', format: 'json' });
  const database = await createDatabase(settings, { logger, metrics: createMetrics() });
  const indexer = createTextIndexer({
    unitOfWork: createUnitOfWork(database, bindRepositories),
    split: eachBlock,
    extractTerms: createTermExtractor({ detectsLanguage: false }),
    vectors: undefined,
    fingerprint: fingerprintOf(DEFAULT_SIZES, undefined).whole,
  });
  try {
    const owner = { teamId, projectId, ownerId: userId };
    const fileId = await indexer.addFile(owner);
    let passages = 0;
    for (let index = 0; index < documents; index += 1) {
      const text = Array.from({ length: passagesEach }, writePassage).join('\n\n');
      const written = { id: String(index), title: `Document ${index}`, text };
      passages += (await indexer.index(written, { ...owner, fileId }, NEVER)).passages;
    }
    await database.runAsOwner((client) => client.query('vacuum (analyze)'));
    return passages;
  } finally {
    await database.close();
  }
}

function bindRepositories(queries: Queries) {
  return {
    documents: createDocumentsRepository(queries),
    ingestions: createIngestionsRepository(queries),
    indexings: createIndexingsRepository(queries),
    writes: createIndexingWritesRepository(queries),
    files: createFilesRepository(queries),
  };
}

async function* eachBlock(blocks: AsyncIterable<ParsedBlock>): AsyncGenerator<ChunkDraft> {
  let ordinal = 0;
  for await (const { text, startOffset } of blocks) {
    const content = text.trimEnd();
    yield {
      ordinal,
      content,
      tokenCount: content.split(' ').length * WORD_TOKENS,
      page: null,
      startOffset,
      endOffset: startOffset + content.length,
      headingPath: [],
    };
    ordinal += 1;
  }
}
