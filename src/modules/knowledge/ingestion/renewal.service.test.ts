import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '#platform/errors/app-error';
import { createTestDatabase, type TestDatabase } from '#test/database';
import {
  createKnowledgeWorld,
  type KnowledgeWorld,
  type KnowledgeWorldOptions,
  type TestTenant,
} from '#test/knowledge';
import { numberedSentences } from '#test/texts';
import { createWordEmbedder } from '#test/word-embedder';

const MODES = ['lexical', 'vector', 'hybrid'] as const;
const MOST_UNDER_WAY = 32;

let test: TestDatabase;
/** Made the documents, with the settings that were in force. */
let former: KnowledgeWorld;
const worlds: KnowledgeWorld[] = [];
beforeAll(async () => {
  test = await createTestDatabase();
});
afterAll(() => test.close());

// What is outdated in one world is so for all teams: no two tests share their documents.
beforeEach(async () => {
  await test.database.forSystem().deleteFrom('documents').execute();
  former = await openWorld({ embedder: createWordEmbedder('former') });
});
afterEach(async () => {
  for (const world of worlds.splice(0).toReversed()) await world.close();
});

describe('documents whose index other settings made', () => {
  it('are found in each mode, by the former index and then by the new one', async () => {
    const tenant = await former.addTenant();
    await former.ingestAll(tenant, {
      'heron.txt': numberedSentences('heron', 60),
      'otter.txt': numberedSentences('otter', 60),
    });
    const world = await openWorld({ embedder: createWordEmbedder('new') });
    await expectFound(world, tenant, 'hybrid');
    await world.queue.runScheduled('sweep-ingestions');
    expect(world.queue.placements()).toMatchObject([
      { isBackground: true },
      { isBackground: true },
    ]);
    await world.queue.runNext();
    await expectFound(world, tenant, 'hybrid');
    await world.queue.runAll();
    await expectFound(world, tenant, 'vector');
    expect(await world.knowledge.countOutdated()).toBe(0);
    expect(await modelsOf(tenant)).toEqual(['new']);
  });

  it.each(['heron', 'otter'])(
    'are found where the search for a %s sees one renewed',
    async (word) => {
      const tenant = await former.addTenant();
      await former.ingestAll(tenant, {
        'heron.txt': numberedSentences('heron', 60),
        'otter.txt': numberedSentences('otter', 60),
      });
      const embedder = createWordEmbedder('new');
      let meanwhile = async () => undefined;
      const interrupted: typeof embedder = {
        ...embedder,
        async embed(texts, signal) {
          await meanwhile();
          return embedder.embed(texts, signal);
        },
      };
      const world = await openWorld({ embedder: interrupted });
      await world.queue.runScheduled('sweep-ingestions');
      meanwhile = async () => {
        meanwhile = async () => undefined;
        await world.queue.runNext();
      };
      const { mode, passages } = await world.search(tenant, `the ${word} 7`);
      expect(mode).toBe('hybrid');
      expect(await world.knowledge.countOutdated()).toBe(1);
      expect(passages[0]?.documentTitle).toBe(`${word}.txt`);
    },
  );

  it('get the new one a few at a time, each as soon as another has it', async () => {
    const tenant = await former.addTenant();
    const names = Array.from({ length: MOST_UNDER_WAY + 8 }, (_, at) => `note-${at}.txt`);
    await former.ingestAll(tenant, Object.fromEntries(names.map((name) => [name, `On ${name}.`])));
    const world = await openWorld({ embedder: createWordEmbedder('new') });
    await world.queue.runScheduled('sweep-ingestions');
    await world.queue.runScheduled('sweep-ingestions');
    expect(world.queue.waiting()).toHaveLength(MOST_UNDER_WAY);
    expect(await world.knowledge.countOutdated()).toBe(names.length);
    await world.queue.runAll();
    expect(await world.knowledge.countOutdated()).toBe(0);
    expect((await world.count(tenant)).statistics.n).toBe(names.length);
  });

  it('stay as they are where the new one fails, and are tried again later', async () => {
    const tenant = await former.addTenant();
    const { id } = await former.ingest(tenant, 'heron.txt', numberedSentences('heron', 60));
    const before = await former.count(tenant);
    const refusing = { ...createWordEmbedder('new'), embed: refuse };
    const world = await openWorld({ embedder: refusing });
    await world.queue.runScheduled('sweep-ingestions');
    await world.queue.runAll();
    const key = { projectId: tenant.projectId, id };
    expect(await world.knowledge.documents.get(tenant.actor, key)).toMatchObject({
      status: 'ready',
      stage: null,
      progress: 1,
      errorReason: 'forbidden',
    });
    expect(await world.count(tenant)).toEqual(before);
    expect((await former.search(tenant, 'heron 7')).passages[0]?.documentId).toBe(id);

    await world.queue.runScheduled('sweep-ingestions');
    expect(world.queue.waiting()).toEqual([]);
    await passAnHour();
    await world.queue.runScheduled('sweep-ingestions');
    expect(world.queue.waiting()).toEqual(['ingest-document']);
  });

  it('fail as others do where somebody asked for the new one', async () => {
    const tenant = await former.addTenant();
    const { id } = await former.ingest(tenant, 'heron.txt', numberedSentences('heron', 60));
    const world = await openWorld({ embedder: { ...createWordEmbedder('new'), embed: refuse } });
    const key = { projectId: tenant.projectId, id };
    await world.knowledge.documentIngestion.reindex(tenant.actor, key);
    await world.queue.runAll();
    const { status } = await world.knowledge.documents.get(tenant.actor, key);
    expect(status).toBe('failed');
    await world.queue.runScheduled('sweep-ingestions');
    expect(world.queue.waiting()).toEqual([]);
  });

  it('are not those that have vectors where the embedder is gone', async () => {
    const tenant = await former.addTenant();
    await former.ingest(tenant, 'heron.txt', numberedSentences('heron', 60));
    const withoutEmbedder = await openWorld({});
    await withoutEmbedder.queue.runScheduled('sweep-ingestions');
    expect(withoutEmbedder.queue.waiting()).toEqual([]);
    const splittingOtherwise = await openWorld({ chunkTokens: 128 });
    const { chunks } = await former.count(tenant);
    await splittingOtherwise.queue.runScheduled('sweep-ingestions');
    await splittingOtherwise.queue.runAll();
    expect((await former.count(tenant)).chunks).toBeLessThan(chunks ?? 0);
  });
});

async function openWorld(options: Omit<KnowledgeWorldOptions, 'database'>) {
  const world = await createKnowledgeWorld({
    database: test.database,
    ...(worlds[0] && { storagePath: worlds[0].path }),
    ...options,
  });
  worlds.push(world);
  return world;
}

/** Each document by its own words in each mode; `mode` is how a search by vectors finds them. */
async function expectFound(world: KnowledgeWorld, tenant: TestTenant, mode: string): Promise<void> {
  for (const word of ['heron', 'otter']) {
    for (const asked of MODES) {
      const found = await world.search(tenant, `the ${word} 7`, { mode: asked });
      expect(found.passages[0]?.documentTitle).toBe(`${word}.txt`);
      expect(found.mode).toBe(asked === 'vector' ? mode : asked);
    }
  }
}

async function modelsOf({ id, projectId }: TestTenant) {
  const rows = await test.database
    .forTeam(id)
    .selectFrom('chunks')
    .select('embedding_model as model')
    .distinct()
    .where('project_id', '=', projectId)
    .execute();
  return rows.map(({ model }) => model);
}

async function refuse(): Promise<never> {
  throw new AppError('forbidden', 'The key of the embedding model is not valid');
}

async function passAnHour(): Promise<void> {
  await test.database
    .forSystem()
    .updateTable('documents')
    .set({ reindex_asked_at: sql`now() - interval '61 minutes'` })
    .execute();
}
