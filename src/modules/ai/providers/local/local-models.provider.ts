import { extname, resolve } from 'node:path';
import { Worker } from 'node:worker_threads';
import { AppError } from '#platform/errors/app-error';
import type { EmbeddingModel } from '../../embedding-model.ts';
import type {
  LocalModelFailure,
  LocalModelReply,
  LocalModelRequest,
} from './local-model-protocol.ts';

/** Puts texts in the order in which they answer a query. */
export type LocalReranker = {
  readonly name: string;
  rerank(query: string, texts: readonly string[], signal: AbortSignal): Promise<readonly number[]>;
};

export type LocalModels = ReturnType<typeof createLocalModels>;

type Asked =
  | Omit<Extract<LocalModelRequest, { kind: 'embed' }>, 'number'>
  | Omit<Extract<LocalModelRequest, { kind: 'score' }>, 'number'>;
type Thread = { ask(asked: Asked): Promise<LocalModelReply>; close(): Promise<void> };

/** A batch of long texts takes about a second of a processor, after which who gave up is noticed. */
const TEXTS_A_BATCH = 16;

const FAILURES: Readonly<Record<LocalModelFailure, string>> = {
  not_installed: 'needs the package "@huggingface/transformers": install it beside the service',
  not_loaded: 'could not be loaded from LOCAL_MODELS_PATH',
  not_run: 'failed on these texts',
};

/** Models of sentence-transformers that run in a thread of this process; nothing is ever downloaded. */
export function createLocalModels({ folder }: { readonly folder: string }) {
  let thread: Thread | undefined;

  async function ask(asked: Asked, signal: AbortSignal): Promise<LocalModelReply> {
    signal.throwIfAborted();
    thread ??= startThread(resolve(folder), () => (thread = undefined));
    const reply = await untilAborted(thread.ask(asked), signal);
    if (reply.kind !== 'failed') return reply;
    const message = `The local model "${asked.model}" ${FAILURES[reply.reason]}`;
    throw new AppError('unavailable', message, {
      reason: `local_model.${reply.reason}`,
      cause: new Error(reply.cause),
    });
  }

  async function inBatches<T>(
    texts: readonly string[],
    run: (batch: readonly string[]) => Promise<readonly T[]>,
  ): Promise<readonly T[]> {
    const results: T[] = [];
    for (let start = 0; start < texts.length; start += TEXTS_A_BATCH)
      results.push(...(await run(texts.slice(start, start + TEXTS_A_BATCH))));
    if (results.length !== texts.length)
      throw new AppError('external', 'The local model returned another number of results');
    return results;
  }

  return {
    embedder: (model: string, dimensions: number): EmbeddingModel => ({
      name: model,
      dimensions,
      async embed(texts, signal) {
        const vectors = await inBatches(texts, async (batch) => {
          const reply = await ask({ kind: 'embed', model, texts: batch }, signal);
          return reply.kind === 'vectors' ? reply.vectors : [];
        });
        for (const vector of vectors) assertVector(vector, { model, dimensions });
        return { vectors };
      },
    }),

    reranker: (model: string): LocalReranker => ({
      name: model,
      rerank: (query, texts, signal) =>
        inBatches(texts, async (batch) => {
          const reply = await ask({ kind: 'score', model, query, texts: batch }, signal);
          return reply.kind === 'scores' ? reply.scores : [];
        }),
    }),

    async close(): Promise<void> {
      await thread?.close();
    },
  };
}

function startThread(folder: string, onEnd: () => void): Thread {
  // The file beside this one is .ts in the source tree and .js in the build.
  const path = new URL(`./local-model-worker${extname(import.meta.url)}`, import.meta.url);
  // A model has no use for the process's settings, and secrets are among them.
  const worker = new Worker(path, { env: {}, workerData: { folder } });
  const waiting = new Map<number, PromiseWithResolvers<LocalModelReply>>();
  let number = 0;

  function settle(reply: LocalModelReply): void {
    waiting.get(reply.number)?.resolve(reply);
    waiting.delete(reply.number);
    if (waiting.size === 0) worker.unref();
  }

  function end(cause: unknown): void {
    onEnd();
    for (const { reject } of waiting.values()) reject(threadLost(cause));
    waiting.clear();
  }

  worker.on('message', settle);
  worker.on('error', end);
  worker.on('exit', (code) => end(new Error(`the thread ended with ${code}`)));
  worker.unref();

  return {
    ask(asked) {
      number += 1;
      const answer = Promise.withResolvers<LocalModelReply>();
      waiting.set(number, answer);
      worker.ref();
      worker.postMessage({ ...asked, number } satisfies LocalModelRequest, []);
      return answer.promise;
    },
    async close() {
      await worker.terminate();
    },
  };
}

function threadLost(cause: unknown): AppError {
  return new AppError('unavailable', 'The thread of the local models ended', {
    reason: 'local_model.thread_lost',
    retryable: true,
    cause,
  });
}

async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const onAbort = () => aborted.reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

function assertVector(
  vector: readonly number[],
  { model, dimensions }: { readonly model: string; readonly dimensions: number },
): void {
  if (vector.length === dimensions && vector.every(Number.isFinite)) return;
  const message = `The local model "${model}" makes vectors of ${vector.length} numbers, and EMBEDDING_DIMENSIONS is ${dimensions}`;
  throw new AppError('external', message, { reason: 'embedding.wrong_vector' });
}
