import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId, type ChunkId, type DocumentId } from '#shared/ids';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { createKnowledgeWorld, type KnowledgeWorld, type TestTenant } from '#test/knowledge';
import { createRetrievalRepository } from '../retrieval/retrieval.repository.ts';
import { createVectorIndexesRepository } from './vector-indexes.repository.ts';
import { createVectorIndexingService } from './vector-indexing.service.ts';

const DIMENSIONS = 16;
const PASSAGES = 21_000;
const KIND = { model: "a model's vectors", dimensions: DIMENSIONS };
const LIMIT = 100;

let test: TestDatabase;
let world: KnowledgeWorld;
let tenant: TestTenant;
beforeAll(async () => {
  test = await createTestDatabase();
  world = await createKnowledgeWorld({ database: test.database });
  tenant = await world.addTenant();
}, 60_000);
afterAll(async () => {
  await world.close();
  await test.close();
});

// The embedded Postgres is never asked to index: one project of one machine is compared exactly.
describe.skipIf(process.env['TEST_DATABASE_URL'] === undefined)(
  'vectors of a large project',
  () => {
    it('are indexed by the job, and nearly all that is near is found by the index', async () => {
      const indexes = createVectorIndexesRepository(test.database);
      const embedder = { name: KIND.model, dimensions: DIMENSIONS };
      const { indexVectors } = createVectorIndexingService({ indexes, embedder });
      await indexVectors();
      expect(await indexes.exists(KIND)).toBe(false);

      await addPassages();
      await indexVectors();
      expect(await indexes.exists(KIND)).toBe(true);

      const retrieval = createRetrievalRepository(test.database.forTeam(tenant.id));
      const { projectId } = tenant;
      const vector = Array.from({ length: DIMENSIONS }, (_, index) => Math.sin(index));
      const ranking = { projectId, model: KIND.model, vector, filter: {}, limit: LIMIT };
      const exact = await retrieval.rankByVector(ranking);
      const near = await retrieval.rankByIndexedVector(ranking);
      expect(near).toHaveLength(LIMIT);
      const wanted = new Set(exact.map(({ chunkId }) => chunkId));
      const found = near.filter(({ chunkId }) => wanted.has(chunkId));
      expect(found.length).toBeGreaterThanOrEqual(LIMIT * 0.95);
      expect(near[0]).toEqual(exact[0]);
      expect(near.map(({ score }) => score)).toEqual(
        near.map(({ score }) => score).toSorted((a, b) => b - a),
      );

      const stranger = await world.addTenant();
      const theirs = createRetrievalRepository(test.database.forTeam(stranger.id));
      expect(await theirs.rankByIndexedVector(ranking)).toEqual([]);
      const own = { ...ranking, projectId: stranger.projectId };
      expect(await theirs.rankByIndexedVector(own)).toEqual([]);
    }, 120_000);
  },
);

/** Passages with vectors of all directions, without the texts that would have them. */
async function addPassages(): Promise<void> {
  const [document] = await world.ingestAll(tenant, { 'one.txt': 'One text.' });
  const documentId: DocumentId = document?.id ?? newId<DocumentId>();
  const ids = Array.from({ length: PASSAGES }, () => newId<ChunkId>());
  await sql`
    insert into chunks (id, team_id, project_id, document_id, indexing_id, ordinal, content, token_count,
      start_offset, end_offset, embedding, embedding_model)
    select u.id, ${tenant.id}::uuid, ${tenant.projectId}::uuid, ${documentId}::uuid, i.id, u.place, 'text', 1, 0, 4,
      (select array_agg(random() - 0.5 + 0 * u.place * d) from generate_series(1, ${DIMENSIONS}::int) d)::real[]::vector,
      ${KIND.model}
    from unnest(${ids}::uuid[]) with ordinality u (id, place)
    join indexings i on i.document_id = ${documentId} and i.state = 'live'
  `.execute(test.database.forTeam(tenant.id));
  await sql`update project_stats set n = n + ${PASSAGES} where project_id = ${tenant.projectId}`.execute(
    test.database.forTeam(tenant.id),
  );
}
