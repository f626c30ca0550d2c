import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { createFilesModule } from '#modules/files';
import { sql } from 'kysely';
import type { RetrievalSettings } from '#modules/projects';
import { createKnowledgeModule, type Reranker, type RetrieveInput } from '#modules/knowledge';
import type { EmbeddingModel } from '../../src/modules/ai/embedding-model.ts';
import type { VectorSettings } from '../../src/modules/knowledge/vectors/vectors.module.ts';
import { systemClock, type Clock } from '#platform/clock/clock';
import type { Database } from '#platform/db/database';
import { createEvents } from '#platform/events/create-events';
import type { Events } from '#platform/events/events';
import { notFound } from '#platform/errors/app-error';
import { createHttpClient } from '#platform/http-client/http-client';
import { createMetrics } from '#platform/telemetry/metrics';
import type { Actor } from '#shared/actor';
import type { ProjectId } from '#shared/ids';
import { silentLogger } from './silent-logger.ts';
import { addProject, addTeam, type TestTeam } from './teams.ts';
import { createTestQueue } from './test-queue.ts';

export type KnowledgeWorldOptions = {
  readonly database: Parameters<typeof createKnowledgeModule>[0]['database'];
  readonly embedder?: EmbeddingModel;
  readonly reranker?: Reranker;
  readonly clock?: Clock;
  readonly events?: Events;
  readonly maxUploadBytes?: number;
  /** Without them vectors are in the database. */
  readonly vectors?: VectorSettings;
  readonly chunkTokens?: number;
  /** Of another world that shares its files. */
  readonly storagePath?: string;
  /** Hosts that documents may be taken from beside public ones, as `host:port`. */
  readonly allowedHosts?: readonly string[];
};

export type TestTenant = TestTeam & { readonly projectId: ProjectId };

type SearchOptions = Partial<
  Pick<RetrieveInput, 'topK' | 'mode' | 'filter' | 'neighbours' | 'followUp'>
>;

const NEVER = new AbortController().signal;

export type KnowledgeWorld = Awaited<ReturnType<typeof createKnowledgeWorld>>;

/** The knowledge module on real parts, but for a queue whose jobs run when the test says so. */
export async function createKnowledgeWorld(options: KnowledgeWorldOptions) {
  const { database, embedder, reranker, clock = systemClock, maxUploadBytes = 1_000_000 } = options;
  const path = options.storagePath ?? (await mkdtemp(join(tmpdir(), 'knowledge-')));
  const queue = createTestQueue();
  const metrics = createMetrics();
  const settings = { localPath: path, maxUploadBytes, trashRetentionDays: 30, topK: 8 };
  const { chunkTokens = 64 } = options;
  const chunking = { chunkTokens, chunkOverlapTokens: chunkTokens / 8 };
  const filesModule = createFilesModule({ database, clock, settings });
  const { files, library, uploads, storage } = filesModule;
  const projects = {
    get: (actor: Actor, { id }: { id: ProjectId }) => readProject(database, actor, id),
  };
  const httpClient = createHttpClient({ allowedHosts: options.allowedHosts ?? [] });
  const knowledge = createKnowledgeModule({
    settings: {
      ...settings,
      ...chunking,
      leaseSeconds: 60,
      ...(options.vectors && { vectors: options.vectors }),
    },
    events: options.events ?? createEvents({ logger: silentLogger }),
    logger: silentLogger,
    database,
    queue,
    projects,
    files,
    httpClient,
    embedder,
    reranker,
    clock,
    metrics,
  });
  knowledge.registerJobs(queue);
  filesModule.registerJobs(queue);
  library.onRemove(knowledge.detachFile);

  async function addTenant(): Promise<TestTenant> {
    const team = await addTeam(database);
    return { ...team, projectId: await addProject(database, team.actor) };
  }

  async function upload({ actor, projectId }: TestTenant, name: string, content: string | Buffer) {
    const input = { projectId, name, content: Readable.from([Buffer.from(content)]) };
    return knowledge.uploads.upload(actor, input, NEVER);
  }

  /** Stores a file that is no document yet. */
  async function store({ actor }: TestTeam, name: string, content: string | Buffer) {
    const describe = () => ({ purpose: 'assistants' });
    const input = { name, content: Readable.from([Buffer.from(content)]), describe };
    return library.upload(actor, input, NEVER);
  }

  return {
    database,
    queue,
    metrics,
    files,
    library,
    uploads,
    registerFileRoutes: filesModule.registerRoutes,
    storage,
    path,
    knowledge,
    addTenant,
    upload,
    store,

    /** Uploads a text and runs the jobs that wait. */
    async ingest(tenant: TestTenant, name: string, content: string | Buffer) {
      const { id } = await upload(tenant, name, content);
      await queue.runAll();
      return knowledge.documents.get(tenant.actor, { projectId: tenant.projectId, id });
    },

    /** The same for several texts, each of which must be ready. */
    async ingestAll(tenant: TestTenant, texts: Readonly<Record<string, string>>) {
      const documents: Awaited<ReturnType<typeof knowledge.documents.get>>[] = [];
      for (const [name, content] of Object.entries(texts)) {
        const { id } = await upload(tenant, name, content);
        await queue.runAll();
        const found = { projectId: tenant.projectId, id };
        documents.push(await knowledge.documents.get(tenant.actor, found));
      }
      const failed = documents.find(({ status }) => status !== 'ready');
      if (failed) throw new Error(`${failed.title} is ${failed.status}`);
      return documents;
    },

    /** Sets how the project's passages are found. */
    async setRetrieval({ id, projectId }: TestTenant, retrieval: RetrievalSettings) {
      await database
        .forTeam(id)
        .updateTable('projects')
        .set({ settings: JSON.stringify({ retrieval }) })
        .where('id', '=', projectId)
        .execute();
    },

    async search({ actor, projectId }: TestTenant, query: string, refined: SearchOptions = {}) {
      return knowledge.search.search(actor, { projectId, query, ...refined }, NEVER);
    },

    /** What the tables hold of a project, seen or not. */
    async count({ id, projectId }: TestTenant) {
      const queries = database.forTeam(id);
      const rowsOf = async (table: 'chunks' | 'chunk_terms' | 'indexings' | 'documents') => {
        const { rows } = await sql<{ total: number }>`
          select count(*) as total from ${sql.table(table)} where project_id = ${projectId}
        `.execute(queries);
        return rows[0]?.total;
      };
      const statistics = await queries
        .selectFrom('project_stats')
        .select(['n', 'total_len as totalLength'])
        .where('project_id', '=', projectId)
        .executeTakeFirst();
      return {
        documents: await rowsOf('documents'),
        indexings: await rowsOf('indexings'),
        chunks: await rowsOf('chunks'),
        postings: await rowsOf('chunk_terms'),
        statistics: statistics ?? { n: 0, totalLength: 0 },
      };
    },

    async close(): Promise<void> {
      await knowledge.close();
      await httpClient.close();
      if (path !== options.storagePath) await rm(path, { recursive: true });
    },
  };
}

async function readProject(database: Database, actor: Actor, id: ProjectId) {
  const project = await database
    .forTeam(actor.teamId)
    .selectFrom('projects')
    .select('id')
    .where('id', '=', id)
    .where('deleted_at', 'is', null)
    .executeTakeFirst();
  if (!project) throw notFound('project', id);
  return { id, teamId: actor.teamId };
}
