import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { AppError, isAppError } from '#platform/errors/app-error';
import { hostOf } from '#platform/http-client/check-url';
import { createHttpClient } from '#platform/http-client/http-client';
import type { Reranker } from './reranker.ts';

export type RerankerSettings = {
  readonly baseUrl?: string | undefined;
  readonly apiKey?: string | undefined;
  readonly model?: string | undefined;
};

export type ApiReranker = Reranker & { close(): Promise<void> };

const ATTEMPTS = 2;
/** For all attempts together: somebody waits, and there is an order by words. */
const PATIENCE_MS = 10_000;
const RETRY_DELAY_MS = 250;
/** Some send the texts back. */
const MAX_RESPONSE_BYTES = 8_388_608;
const OK = 200;
const SERVER_FAULTS = 500;

const RerankAnswer = z.object({
  results: z.array(z.object({ index: z.int().min(0), relevance_score: z.number() })),
});

/** A reranker behind the wire that Cohere (v2) and Jina share; undefined where none is set up. */
export function createApiReranker(
  { baseUrl, apiKey, model }: RerankerSettings,
  { patienceMs = PATIENCE_MS, random = Math.random } = {},
): ApiReranker | undefined {
  if (baseUrl === undefined || model === undefined) return undefined;
  const url = `${baseUrl}/rerank`;
  // Its own, since users may not choose an address that the operator chose.
  const httpClient = createHttpClient({ allowedHosts: [hostOf(new URL(url))] });
  const headers = {
    'content-type': 'application/json',
    accept: 'application/json',
    ...(apiKey !== undefined && { authorization: `Bearer ${apiKey}` }),
  };

  async function call(body: string, timeoutMs: number, signal: AbortSignal): Promise<Buffer> {
    const answer = await httpClient.request(url, {
      method: 'POST',
      headers,
      body,
      timeoutMs,
      maxResponseBytes: MAX_RESPONSE_BYTES,
      signal,
    });
    if (answer.status === OK) return answer.body;
    throw failure(`answered ${answer.status}`, { retryable: answer.status >= SERVER_FAULTS });
  }

  return {
    name: model,

    async rerank(query, texts, signal) {
      const body = JSON.stringify({ model, query, documents: texts, top_n: texts.length });
      const endsAt = performance.now() + patienceMs;
      const leftMs = () => Math.max(0, Math.ceil(endsAt - performance.now()));
      for (let attempt = 1; ; attempt += 1) {
        try {
          return readScores(await call(body, leftMs(), signal), texts.length);
        } catch (error) {
          const delayMs = RETRY_DELAY_MS * (1 - random() / 2);
          const isRetryable = isAppError(error) && error.options.retryable === true;
          if (!isRetryable || attempt === ATTEMPTS || leftMs() <= delayMs) throw error;
          await sleep(delayMs, undefined, { signal });
        }
      }
    },

    close: () => httpClient.close(),
  };
}

/** By the order of the texts. */
function readScores(body: Buffer, count: number): readonly number[] {
  const scores = new Map(
    parseAnswer(body).results.map(({ index, relevance_score: score }) => [index, score]),
  );
  return Array.from({ length: count }, (_, index) => {
    const score = scores.get(index);
    if (score === undefined) throw failure('left out a text');
    return score;
  });
}

function parseAnswer(body: Buffer): z.output<typeof RerankAnswer> {
  try {
    return RerankAnswer.parse(JSON.parse(body.toString('utf8')));
  } catch (cause) {
    throw failure('answered something else than scores', { cause });
  }
}

function failure(what: string, options: { retryable?: boolean; cause?: unknown } = {}): AppError {
  return new AppError('external', `The reranker ${what}`, {
    reason: 'reranker.failed',
    ...options,
  });
}
