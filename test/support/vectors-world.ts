import { createUnitOfWork, teamScope, type Queries } from '#platform/db/database';
import { createMetrics } from '#platform/telemetry/metrics';
import { newId, type ChunkId, type DocumentId, type FileId } from '#shared/ids';
import type { TestTenant } from './knowledge.ts';
import { silentLogger } from './silent-logger.ts';
import { createDocumentsRepository } from '../../src/modules/knowledge/documents/documents.repository.ts';
import { createIndexingWritesRepository } from '../../src/modules/knowledge/ingestion/indexing-writes.repository.ts';
import { createIndexingsRepository } from '../../src/modules/knowledge/ingestion/indexings.repository.ts';
import { createIndexingEraser } from '../../src/modules/knowledge/ingestion/indexing-eraser.ts';
import { fingerprintOf } from '../../src/modules/knowledge/ingestion/fingerprint.ts';
import { PLAIN_TEXT } from '../../src/modules/knowledge/parsing/document-mime-type.ts';
import { createRetrievalRepository } from '../../src/modules/knowledge/retrieval/retrieval.repository.ts';
import type { RetrievalFilter } from '../../src/modules/knowledge/retrieval/retrieval-filter.ts';
import type { IndexedDatabase } from '../../src/modules/knowledge/vectors/vector-indexes.repository.ts';
import type { VectorTarget } from '../../src/modules/knowledge/vectors/vector-store.ts';
import {
  createVectorsModule,
  type VectorSettings,
} from '../../src/modules/knowledge/vectors/vectors.module.ts';

type Vector = readonly number[];

const NEVER = new AbortController().signal;
const LEASE_SECONDS = 60;
const SIZES = { chunkTokens: 512, chunkOverlapTokens: 64 };

export type VectorsWorldOptions = {
  readonly database: IndexedDatabase;
  readonly dimensions: number;
  readonly vectors: VectorSettings | undefined;
};

/** A store of vectors on the database, and indexings whose chunks are nothing but vectors. */
export function createVectorsWorld({
  database,
  dimensions,
  vectors: settings,
}: VectorsWorldOptions) {
  const unitOfWork = createUnitOfWork(database, (queries: Queries) => ({
    documents: createDocumentsRepository(queries),
    indexings: createIndexingsRepository(queries),
    writes: createIndexingWritesRepository(queries),
  }));
  const embedder = { name: 'test', dimensions, embed: () => Promise.reject(new Error('no texts')) };
  const { vectors, vectorRemover } = createVectorsModule({
    database,
    unitOfWork,
    embedder,
    metrics: createMetrics(),
    settings: { vectors: settings, leaseSeconds: LEASE_SECONDS },
  });
  if (!vectors) throw new Error('there is no store');
  const { store } = vectors;
  const fingerprint = fingerprintOf(SIZES, store.kind).whole;

  /** An indexing that is being written: its chunks are there, their vectors are not. */
  async function begin({ id: teamId, projectId, actor }: TestTenant, count: number) {
    const documentId = newId<DocumentId>();
    const fileId = newId<FileId>();
    const described = {
      title: documentId,
      mimeType: PLAIN_TEXT,
      bytes: 1,
      sha256: sha256Of(documentId),
    };
    const owner = { teamId, projectId, documentId };
    await database
      .forTeam(teamId)
      .insertInto('files')
      .values({
        id: fileId,
        team_id: teamId,
        owner_id: actor.userId,
        storage_provider: 'none',
        storage_key: fileId,
        name: 'vectors',
        mime_type: 'text/plain',
        bytes: 1,
        sha256: sha256Of(fileId),
      })
      .execute();
    const chunks = Array.from({ length: count }, (_, ordinal) => buildChunk(ordinal));
    const indexing = await unitOfWork.run(teamScope(teamId), async ({ documents, writes }) => {
      await documents.insert({ id: documentId, teamId, projectId, fileId, ...described });
      const claimed = await writes.claim({ ...owner, fingerprint, leaseSeconds: LEASE_SECONDS });
      const postings = { terms: [], chunks: [], frequencies: [], lengths: [] };
      await writes.append({ ...owner, indexing: claimed, chunks, postings, totalLength: 0 });
      return claimed;
    });
    const target: VectorTarget = { teamId, projectId, indexing };
    return { target, documentId, chunkIds: chunks.map(({ id }) => id) };
  }

  type Begun = Awaited<ReturnType<typeof begin>>;

  function write({ target, chunkIds }: Begun, written: readonly Vector[]): Promise<boolean> {
    const owned = chunkIds.map((id, index) => ({ id, embedding: written[index] ?? [] }));
    return store.write(target, owned, NEVER);
  }

  return {
    kind: store.kind,
    vectorRemover,

    createEraser: (wait: () => Promise<void>) =>
      createIndexingEraser({
        indexingsOf: (teamId) => createIndexingsRepository(database.forTeam(teamId)),
        unitOfWork,
        vectorRemover,
        wait,
        logger: silentLogger,
      }),

    begin,
    write,

    change<T>(
      { target }: Begun,
      work: (indexings: ReturnType<typeof createIndexingsRepository>) => Promise<T>,
    ): Promise<T> {
      return unitOfWork.run(teamScope(target.teamId), ({ indexings }) => work(indexings));
    },

    /** A searchable document, with a chunk for each vector. */
    async add(tenant: TestTenant, added: readonly Vector[]) {
      const begun = await begin(tenant, added.length);
      await write(begun, added);
      await this.change(begun, (indexings) =>
        indexings.publish(begun.target.indexing, begun.documentId),
      );
      return begun;
    },

    rank(
      { id, projectId }: TestTenant,
      vector: Vector,
      { limit = 10, filter = {} }: { limit?: number; filter?: RetrievalFilter } = {},
    ) {
      const retrieval = createRetrievalRepository(database.forTeam(id));
      return store.rank(retrieval, { projectId, vector, filter, limit }, NEVER);
    },
  };
}

function buildChunk(ordinal: number) {
  return {
    id: newId<ChunkId>(),
    ordinal,
    content: `passage ${ordinal}`,
    tokenCount: 1,
    page: null,
    startOffset: 0,
    endOffset: 1,
    headingPath: [],
  };
}

function sha256Of(id: string): string {
  return id.replaceAll('-', '').padEnd(64, '0');
}
