import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { INGESTION_STAGES } from '../../src/modules/knowledge/ingestion/ingestion-stage.ts';
import { createClient, signUp, type Client, type Json } from '#test/client';
import { buildFormatSamples, type FormatSample } from '#test/format-samples';
import { startKillableService, type KillableService, type KillPoint } from '#test/killable-service';

type Place = Pick<KillPoint, 'stage' | 'moment'>;

const ENTERED = INGESTION_STAGES.map((stage): Place => ({ stage, moment: 'entered' }));
/** The two stages that write by batches also die with one batch written and more to come. */
const PLACES: readonly Place[] = [
  ...ENTERED,
  { stage: 'split', moment: 'written' },
  { stage: 'embed', moment: 'written' },
];
const SAMPLES = buildFormatSamples();
/** Chunks and vectors are written by as many. */
const BATCH = 64;
const SETTINGS = {
  CHUNK_SIZE: '32',
  CHUNK_OVERLAP: '0',
  EMBEDDING_PROVIDER: 'builtin',
  EMBEDDING_DIMENSIONS: '16',
};
/** A lease, a sweep and a start of the process, on a busy machine. */
const PATIENCE_MS = 90_000;
const POLL_MS = 50;
/** Of formats that die in one place. */
const FORMATS_APART = 5;
const LONG_MS = 300_000;

let service: KillableService;
let token: string;
/** The chunks of each format as an ingestion that nobody disturbs makes them. */
const expected = new Map<string, readonly Json[]>();

beforeAll(async () => {
  service = await startKillableService(SETTINGS);
  token = (await signUp(service.baseUrl())).login.access_token;
  await ingestUndisturbed();
}, LONG_MS);
afterAll(() => service.close());

/**
 * Each stage is died in with each format where the process that dies is a worker, which starts in a second. On the
 * embedded database the whole service dies and starts again, which takes seconds, so that each place is died in with two
 * formats, others each time: all places are died in, and all formats die in one or two of them.
 */
function victimsAt(place: Place): readonly FormatSample[] {
  if (process.env['TEST_DATABASE_URL']) return SAMPLES;
  const at = PLACES.indexOf(place);
  return SAMPLES.filter((_, format) => (format + at) % FORMATS_APART === 0);
}

describe('a process that is killed while it ingests', () => {
  it.each(PLACES.map((place) => [place.stage, place.moment, place] as const))(
    'at the stage %s, just %s, leaves documents that end whole, and shows no half one',
    async (...[, , place]) => {
      const path = await addProject(`${place.stage} ${place.moment}`);
      const victims = victimsAt(place);
      for (const [at, sample] of victims.entries()) {
        const point = { ...place, title: sample.name };
        // Its answer may die with the process; that the ingestion began shows that it was taken.
        await service.dieAt(point, () => upload(path, sample).catch(ignoreLostAnswer));
        for (const killed of victims.slice(0, at + 1)) await findWholeOrNot(path, killed);
      }
      for (const sample of victims) {
        const document = await watchUntilEnded(path, sample);
        expect(document).toMatchObject({ status: 'ready', error: null });
        const chunks = await listChunks(path, document.id);
        expect(document.chunk_count).toBe(chunks.length);
        expect(chunks).toEqual(expected.get(sample.format));
        expect(await listInterrupted(path, document.id)).toContainEqual(place.stage);
      }
    },
    LONG_MS,
  );

  it('leaves each chunk once, nothing beside what is searched, and statistics that are true', async () => {
    const database = await service.openDatabase();
    try {
      const { rows } = await sql<Json>`
        select i.state, i.chunk_count = (select count(*) from chunks c where c.indexing_id = i.id) as is_whole,
          i.chunk_count = (select count(distinct t.chunk_id) from chunk_terms t where t.indexing_id = i.id) as is_found,
          exists (select from chunks c where c.indexing_id = i.id and c.embedding is null) as lacks_vectors,
          s.n = (select sum(o.chunk_count) from indexings o where o.project_id = i.project_id) as is_counted
        from indexings i join project_stats s on s.project_id = i.project_id
      `.execute(database.forSystem());
      const kills = PLACES.reduce((sum, place) => sum + victimsAt(place).length, 0);
      expect(rows).toHaveLength(SAMPLES.length + kills);
      const whole = {
        state: 'live',
        is_whole: true,
        is_found: true,
        lacks_vectors: false,
        is_counted: true,
      };
      for (const row of rows) expect(row).toEqual(whole);
    } finally {
      await database.close();
    }
  });
});

async function ingestUndisturbed(): Promise<void> {
  const path = await addProject('Undisturbed');
  for (const sample of SAMPLES) await upload(path, sample);
  for (const sample of SAMPLES) {
    const document = await watchUntilEnded(path, sample);
    expect(document).toMatchObject({ status: 'ready' });
    const chunks = await listChunks(path, document.id);
    expect(chunks.length).toBeGreaterThan(BATCH);
    expected.set(sample.format, chunks);
  }
}

function client(): Client {
  return createClient(service.baseUrl(), token);
}

async function addProject(name: string): Promise<string> {
  const { body } = await client().post('/projects', { name });
  return `/projects/${body.id}`;
}

async function upload(path: string, { content, name }: FormatSample): Promise<void> {
  const { status } = await client().upload(`${path}/documents`, content, name);
  expect(status).toBe(202);
}

/** What fetch throws when the connection ends; what a test expects of an answer is thrown on. */
function ignoreLostAnswer(error: unknown): void {
  if (!(error instanceof TypeError)) throw error;
}

/** Looks for it again and again until its ingestion has ended. */
async function watchUntilEnded(path: string, sample: FormatSample): Promise<Json> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const document = await findWholeOrNot(path, sample);
    if (document.status === 'ready' || document.status === 'failed') return document;
    if (Date.now() > deadline) throw new Error(`${sample.name} stays ${document.status}`);
    await sleep(POLL_MS);
  }
}

/** What is found of a document was whole before: so its state, asked for afterwards, says ready. */
async function findWholeOrNot(path: string, { name, marker }: FormatSample): Promise<Json> {
  const { body: found } = await client().post(`${path}/search`, { query: marker, top_k: 50 });
  const { body: listed } = await client().get(`${path}/documents?page_size=100`);
  const document = listed.items.find(({ title }: Json) => title === name);
  const isFound = found.items.some(({ document_id: of }: Json) => of === document.id);
  expect(isFound ? document.status : 'ready').toBe('ready');
  return document;
}

/** All but their ids. */
async function listChunks(path: string, id: string): Promise<readonly Json[]> {
  const { body } = await client().get(`${path}/documents/${id}/chunks?page_size=100`);
  expect(body.total).toBe(body.items.length);
  return body.items.map((chunk: Json) => ({ ...chunk, id: undefined }));
}

/** The stages in which tries of a document ended with their process. */
async function listInterrupted(path: string, id: string): Promise<readonly string[]> {
  const { body } = await client().get(`${path}/documents/${id}/attempts`);
  return body.items
    .filter(({ outcome }: Json) => outcome === 'interrupted')
    .map(({ stage }: Json) => stage);
}
