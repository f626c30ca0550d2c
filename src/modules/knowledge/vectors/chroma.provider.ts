import { setTimeout as sleep } from 'node:timers/promises';
import type { AdminClient, ChromaClient, ChromaClientArgs, Collection, Where } from 'chromadb';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import { AppError, isAppError } from '#platform/errors/app-error';
import type { IndexingCondition, VectorCollections } from './vector-collections.ts';

export type ChromaSettings = {
  readonly url: string;
  readonly token?: string | undefined;
  readonly tenant: string;
  readonly database: string;
};

/** The client does not look at what it is answered. */
const CollectionId = z.uuid();
const Nearest = z.object({
  ids: z.tuple([z.array(z.uuid())]),
  distances: z.tuple([z.array(z.number())]),
});

type Patience = { readonly timeoutMs: number; readonly signal: AbortSignal };

type Clients = {
  readonly AdminClient: typeof AdminClient;
  readonly ChromaClient: typeof ChromaClient;
};

type ClientOptions = Pick<
  Required<ChromaClientArgs>,
  'host' | 'port' | 'ssl' | 'headers' | 'fetchOptions'
>;

type Reach = Patience & {
  /** Says the id of a collection. */
  readonly find?: (client: ChromaClient, name: string) => Promise<string>;
};

/** With Chroma's defaults the hundred nearest of 12,000 random vectors lack a quarter; with these, none. */
const GRAPH = { space: 'cosine', ef_construction: 200, ef_search: 400, max_neighbors: 32 } as const;
/** Somebody waits, and there are words. */
const QUESTION_MS = 3000;
/** For one attempt: both end within the shortest lease of an ingestion. */
const WRITE_MS = 4000;
const REMOVAL_MS = 30_000;
const PING_MS = 1500;
const ATTEMPTS = 2;
const RETRY_DELAY_MS = 250;
const MAX_KNOWN = 10_000;
/** As the client names its errors where another try may go better. */
const PASSING = new Set(['ChromaConnectionError', 'ChromaServerError', 'ChromaRateLimitError']);

/** Chroma behind its own client, which is given vectors always, and never a text to embed. */
export function createChroma(
  { url, token, tenant, database }: ChromaSettings,
  { random = Math.random } = {},
): VectorCollections {
  const address = addressOf(url);
  const headers = token ? { authorization: `Bearer ${token}`, 'x-chroma-token': token } : {};
  /** Ids of collections by their names. */
  const known = new LRUCache<string, string>({ max: MAX_KNOWN });

  /** The clients take one signal for all that they do, so each call has a client; connections are the process's. */
  async function within<T>(
    { timeoutMs, signal }: Patience,
    work: (chromadb: Clients, options: ClientOptions) => Promise<T>,
  ): Promise<T> {
    const chromadb = await import('chromadb');
    const either = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
    const fetchOptions: RequestInit = { signal: either, redirect: 'error' };
    try {
      return await work(chromadb, { ...address, headers, fetchOptions });
    } catch (error) {
      signal.throwIfAborted();
      throw isNotFound(error) ? error : failureOf(error);
    }
  }

  function call<T>(patience: Patience, work: (client: ChromaClient) => Promise<T>): Promise<T> {
    return within(patience, (chromadb, options) =>
      work(new chromadb.ChromaClient({ ...options, tenant, database })),
    );
  }

  /** Undefined for a collection that is not there; an id that is known may be that of one that is gone. */
  async function inCollection<T>(
    name: string,
    reach: Reach,
    work: (collection: Collection, client: ChromaClient) => Promise<T>,
  ): Promise<T | undefined> {
    const wasKnown = known.has(name);
    try {
      return await call(reach, async (client) => {
        const id = known.get(name) ?? (await (reach.find ?? findCollection)(client, name));
        known.set(name, id);
        return work(client.collection(id), client);
      });
    } catch (error) {
      if (!isNotFound(error)) throw error;
      known.delete(name);
      return wasKnown ? inCollection(name, reach, work) : undefined;
    }
  }

  async function trying<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await work();
      } catch (error) {
        const isRetryable = isAppError(error) && error.options.retryable === true;
        if (!isRetryable || attempt === ATTEMPTS) throw error;
        await sleep(RETRY_DELAY_MS * (1 - random() / 2), undefined, { signal });
      }
    }
  }

  return {
    async upsert(name, records, signal) {
      const reach = { timeoutMs: WRITE_MS, signal, find: makeCollection };
      const rows = records.map(({ id, embedding, teamId, projectId, indexingId }) => ({
        id,
        embedding: [...embedding],
        metadata: { team_id: teamId, project_id: projectId, indexing_id: indexingId },
      }));
      let done = 0;
      while (done < rows.length) {
        const written = await trying(signal, () =>
          inCollection(name, reach, async (collection, client) => {
            const batch = rows.slice(done, done + (await batchSize(client)));
            await collection.upsert({
              ids: batch.map(({ id }) => id),
              embeddings: batch.map(({ embedding }) => embedding),
              metadatas: batch.map(({ metadata }) => metadata),
            });
            return batch.length;
          }),
        );
        if (written === undefined) throw failureOf(new Error('the collection went at once'));
        done += written;
      }
    },

    async query(name, { vector, limit, condition }, signal) {
      const asked = {
        queryEmbeddings: [[...vector]],
        nResults: limit,
        include: ['distances' as const],
        ...(condition && { where: whereOf(condition) }),
      };
      const patience = { timeoutMs: QUESTION_MS, signal };
      const near = await inCollection(name, patience, async (collection) => {
        const { ids, distances } = Nearest.parse(await collection.query(asked));
        return ids[0].map((id, index) => ({ id, distance: distances[0][index] ?? Infinity }));
      });
      return near ?? [];
    },

    async remove(name, indexingId, signal) {
      const where = { indexing_id: indexingId };
      const patience = { timeoutMs: REMOVAL_MS, signal };
      await trying(signal, () =>
        inCollection(name, patience, (collection) => collection.delete({ where })),
      );
    },

    async count(name, signal) {
      const patience = { timeoutMs: QUESTION_MS, signal };
      return (await inCollection(name, patience, (collection) => collection.count())) ?? 0;
    },

    async drop(name, signal) {
      known.delete(name);
      await trying(signal, () =>
        call({ timeoutMs: REMOVAL_MS, signal }, (client) => client.deleteCollection({ name })),
      ).catch((error: unknown) => {
        if (!isNotFound(error)) throw error;
      });
    },

    async ping() {
      const patience = { timeoutMs: PING_MS, signal: new AbortController().signal };
      // Reading in a database that is not there finds nothing, and no fault.
      await within(patience, (chromadb, options) =>
        new chromadb.AdminClient(options).getDatabase({ tenant, name: database }),
      );
    },
  };
}

function addressOf(url: string) {
  const { protocol, hostname, port } = new URL(url);
  const ssl = protocol === 'https:';
  return { ssl, host: hostname, port: Number(port || (ssl ? 443 : 80)) };
}

async function findCollection(client: ChromaClient, name: string): Promise<string> {
  return CollectionId.parse((await client.getCollection({ name })).id);
}

/** Without a function that embeds: the client would look for one of its own, and the server name it to others. */
async function makeCollection(client: ChromaClient, name: string): Promise<string> {
  const made = { name, embeddingFunction: null, configuration: { hnsw: GRAPH } };
  return CollectionId.parse((await client.getOrCreateCollection(made)).id);
}

async function batchSize(client: ChromaClient): Promise<number> {
  const limit = await client.getMaxBatchSize();
  return limit > 0 ? limit : Infinity;
}

function whereOf(condition: NonNullable<IndexingCondition>): Where {
  if ('among' in condition) return { indexing_id: { $in: [...condition.among] } };
  return { indexing_id: { $nin: [...condition.notAmong] } };
}

function isNotFound(error: unknown): boolean {
  return error instanceof Error && error.name === 'ChromaNotFoundError';
}

function failureOf(cause: unknown): AppError {
  const name = cause instanceof Error ? cause.name : '';
  const isRefused = name.startsWith('Chroma') && !PASSING.has(name);
  const message = isRefused
    ? 'The vector store refused a call'
    : 'The vector store does not answer';
  const reason = isRefused ? 'vector_store.refused' : 'vector_store.unavailable';
  return new AppError('unavailable', message, {
    reason,
    cause,
    ...(!isRefused && { retryable: true }),
  });
}
