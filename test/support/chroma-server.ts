import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import { portOf } from './ports.ts';

export type ChromaServer = {
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
};

type Vector = {
  readonly values: Float32Array;
  readonly metadata: Readonly<Record<string, unknown>>;
};
type Stored = { readonly id: string; readonly name: string; readonly vectors: Map<string, Vector> };

const CREATE = z.object({
  name: z.string().regex(/^[a-zA-Z0-9][a-zA-Z0-9._-]{1,510}[a-zA-Z0-9]$/),
  get_or_create: z.boolean(),
  configuration: z.object({ hnsw: z.object({ space: z.literal('cosine') }) }),
});
const UPSERT = z.object({
  ids: z.array(z.string()),
  embeddings: z.array(z.string()),
  metadatas: z.array(z.record(z.string(), z.union([z.string(), z.number()]))),
});
const AMONG = z.strictObject({ $in: z.array(z.number()).min(1) });
const NOT_AMONG = z.strictObject({ $nin: z.array(z.number()).min(1) });
const WHERE = z.record(z.string(), z.union([z.number(), AMONG, NOT_AMONG]));
const QUERY = z.object({
  query_embeddings: z.tuple([z.array(z.number())]),
  n_results: z.int().min(1),
  include: z.tuple([z.literal('distances')]),
  where: WHERE.optional(),
});
const DELETE = z.object({ where: WHERE });

class Refusal extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/**
 * What of Chroma's wire protocol (v2, as of server 1.0 with the client 3.5) the service uses, on vectors in memory that
 * are all compared. With TEST_CHROMA_URL the server that it names takes its place.
 */
export async function startChromaServer({ maxBatchSize = 5461 } = {}): Promise<ChromaServer> {
  const given = process.env['TEST_CHROMA_URL'];
  if (given) {
    const url = new URL(given);
    return { url: url.origin, port: Number(url.port), close: async () => undefined };
  }
  const collections = new Map<string, Stored>();

  function byName(name: string): Stored {
    const found = collections.get(name);
    if (found) return found;
    throw new Refusal(404, `Collection [${name}] does not exist`);
  }

  function byId(id: string): Stored {
    const found = [...collections.values()].find((collection) => collection.id === id);
    if (found) return found;
    throw new Refusal(404, `Collection [${id}] does not exist.`);
  }

  function create(body: unknown) {
    const { name, get_or_create: mayExist } = CREATE.parse(body);
    if (!mayExist && collections.has(name)) throw new Refusal(409, `${name} already exists`);
    const made = collections.get(name) ?? { id: randomUUID(), name, vectors: new Map() };
    collections.set(name, made);
    return describe(made);
  }

  function upsert({ vectors }: Stored, body: unknown) {
    const { ids, embeddings, metadatas } = UPSERT.parse(body);
    if (ids.length > maxBatchSize) throw new Refusal(413, 'the batch is too large');
    for (const [index, id] of ids.entries()) {
      const values = decode(embeddings[index] ?? '');
      assertDimensions(vectors, values.length);
      vectors.set(id, { values, metadata: metadatas[index] ?? {} });
    }
    return {};
  }

  const actions: Readonly<Record<string, (collection: Stored, body: unknown) => unknown>> = {
    'POST upsert': upsert,
    'POST query': query,
    'POST delete': remove,
    'GET count': ({ vectors }) => vectors.size,
  };

  function answer(method: string, path: readonly string[], body: unknown): unknown {
    const [scope, tenant, , database, part, key, action] = path;
    if (scope === 'pre-flight-checks')
      return { max_batch_size: maxBatchSize, supports_base64_encoding: true };
    if (database !== undefined && database !== 'default_database')
      throw new Refusal(404, `Database [${database}] not found. Are you sure it exists?`);
    if (part === undefined) return { id: randomUUID(), name: database, tenant };
    if (part !== 'collections') throw new Refusal(404, 'no such path');
    if (key === undefined)
      return method === 'POST' ? create(body) : [...collections.values()].map(describe);
    if (action !== undefined) return actions[`${method} ${action}`]?.(byId(key), body);
    const found = byName(key);
    if (method !== 'DELETE') return describe(found);
    collections.delete(key);
    return {};
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url ?? '', 'http://chroma');
    const body = await text(request);
    const [, , , ...path] = pathname.split('/').map(decodeURIComponent);
    try {
      const result = answer(request.method ?? '', path, body === '' ? undefined : JSON.parse(body));
      if (result === undefined) throw new Refusal(405, 'no such call');
      send(response, 200, result);
    } catch (error) {
      const status = error instanceof Refusal ? error.status : 400;
      send(response, status, { error: 'InvalidArgumentError', message: String(error) });
    }
  }

  const server = createServer((request, response) => void handle(request, response));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const port = portOf(server);
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    async close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** Settings of a process that keeps its vectors at the address. */
export function settingsOfChroma(chromaUrl: string) {
  const place = { chromaTenant: 'default_tenant', chromaDatabase: 'default_database' } as const;
  return { store: 'chroma', chromaUrl, ...place } as const;
}

/** How many vectors each collection of some projects has, over the wire. */
export async function countVectors(
  { url }: Pick<ChromaServer, 'url'>,
  projectIds: readonly string[],
): Promise<readonly number[]> {
  const collections = `${url}/api/v2/tenants/default_tenant/databases/default_database/collections`;
  const listed = z
    .array(z.object({ id: z.string(), name: z.string() }))
    .parse(await (await fetch(`${collections}?limit=10000`)).json());
  const own = listed.filter(({ name }) => projectIds.some((id) => name.includes(id)));
  return Promise.all(
    own.map(async ({ id }) =>
      z.number().parse(await (await fetch(`${collections}/${id}/count`)).json()),
    ),
  );
}

function describe({ id, name }: Stored) {
  return {
    id,
    name,
    configuration_json: { embedding_function: null },
    metadata: null,
    schema: null,
  };
}

function query({ vectors }: Stored, body: unknown) {
  const { query_embeddings: questions, n_results: limit, where } = QUERY.parse(body);
  const question = Float32Array.from(questions[0]);
  assertDimensions(vectors, question.length);
  const near = [...vectors]
    .filter(([, { metadata }]) => matches(metadata, where))
    .map(([id, { values }]) => ({ id, distance: Math.fround(cosineDistance(values, question)) }))
    .toSorted((a, b) => a.distance - b.distance)
    .slice(0, limit);
  return {
    ids: [near.map(({ id }) => id)],
    distances: [near.map(({ distance }) => distance)],
    embeddings: null,
    documents: null,
    uris: null,
    metadatas: null,
    include: ['distances'],
  };
}

function remove({ vectors }: Stored, body: unknown) {
  const { where } = DELETE.parse(body);
  const gone = [...vectors].filter(([, { metadata }]) => matches(metadata, where));
  for (const [id] of gone) vectors.delete(id);
  return { deleted: gone.length };
}

function matches(metadata: Vector['metadata'], where: z.output<typeof WHERE> = {}): boolean {
  return Object.entries(where).every(([key, wanted]) => {
    const value = Number(metadata[key]);
    if (typeof wanted === 'number') return value === wanted;
    return '$in' in wanted ? wanted.$in.includes(value) : !wanted.$nin.includes(value);
  });
}

function cosineDistance(a: Float32Array, b: Float32Array): number {
  const dot = a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0);
  return 1 - dot / (Math.hypot(...a) * Math.hypot(...b) || 1);
}

function assertDimensions(vectors: ReadonlyMap<string, Vector>, got: number): void {
  const expected = vectors.values().next().value?.values.length ?? got;
  if (got === expected) return;
  throw new Refusal(
    400,
    `Collection expecting embedding with dimension of ${expected}, got ${got}`,
  );
}

/** Numbers of four bytes each, in base64. */
function decode(packed: string): Float32Array {
  const bytes = Uint8Array.from(Buffer.from(packed, 'base64'));
  return new Float32Array(bytes.buffer);
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
