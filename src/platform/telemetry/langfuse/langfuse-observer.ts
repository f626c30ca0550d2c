import { randomUUID } from 'node:crypto';
import { LangfuseAPIClient, LangfuseAPIError, type OtelSpan } from '@langfuse/core';
import { createBoundedBatches } from '../bounded-batches.ts';
import type { Logger } from '../logger.ts';
import type { Metrics } from '../metrics.ts';
import type { Observer, Score } from '../observer.ts';
import { changeScore, lastChanges, sizeOfChange, type ScoreChange } from './change-score.ts';
import { contentText } from './content-text.ts';
import { sizeOfSpan, toSpan, type SpanSettings } from './to-span.ts';

export type LangfuseSettings = SpanSettings & {
  readonly url: string;
  readonly publicKey: string;
  readonly secretKey: string;
  readonly serviceName: string;
};

export type LangfuseDependencies = {
  readonly settings: LangfuseSettings;
  readonly logger: Pick<Logger, 'info' | 'warn'>;
  readonly metrics: Pick<Metrics, 'telemetryDroppedTotal'>;
};

export type LangfuseObserver = Observer & { close(): Promise<void> };

/** Langfuse takes 4.5 MB in one request; text may be longer in UTF-8 than it counts here. */
const SPAN_LIMITS = {
  waiting: 2048,
  waitingBytes: 16_000_000,
  batch: 100,
  batchBytes: 1_000_000,
};
/** Each is a request. */
const SCORE_LIMITS = { waiting: 2048, waitingBytes: 16_000_000, batch: 10, batchBytes: 1_000_000 };
const PASSING_STATUSES = new Set([408, 429]);
const SERVER_FAULT = 500;

/** Sends AI work to Langfuse in the background; while that is gone, it costs some memory and then traces. */
export function createLangfuseObserver(dependencies: LangfuseDependencies): LangfuseObserver {
  const { settings, metrics } = dependencies;
  const client = createClient(settings);
  const shared = {
    isPassing,
    onDropped: (items: number) => metrics.telemetryDroppedTotal.inc({ kind: 'langfuse' }, items),
    ...reportChanges(dependencies),
  };
  const spans = createBoundedBatches<OtelSpan>({
    ...shared,
    sizeOf: sizeOfSpan,
    limits: SPAN_LIMITS,
    async send(batch, abortSignal) {
      const request = { resourceSpans: [inResource(batch, settings)] };
      await client.opentelemetry.exportTraces(request, { abortSignal, maxRetries: 0 });
    },
  });
  const scores = createBoundedBatches<ScoreChange>({
    ...shared,
    sizeOf: sizeOfChange,
    limits: SCORE_LIMITS,
    async send(batch, abortSignal) {
      await Promise.all(
        lastChanges(batch).map((change) =>
          changeScore(client, change, { abortSignal, maxRetries: 0 }),
        ),
      );
    },
  });

  return {
    observe: (observation) => spans.add(toSpan(observation, settings)),
    score: (score) => scores.add(toScoreChange(score, settings)),
    removeScore: (id) => scores.add({ id, score: undefined }),
    async close() {
      await Promise.all([spans.close(), scores.close()]);
    },
  };
}

function createClient({ url, publicKey, secretKey }: LangfuseSettings): LangfuseAPIClient {
  return new LangfuseAPIClient({
    environment: url,
    baseUrl: url,
    username: publicKey,
    password: secretKey,
    xLangfusePublicKey: publicKey,
    xLangfuseSdkName: 'groundwork',
  });
}

function inResource(spans: readonly OtelSpan[], { serviceName, release }: LangfuseSettings) {
  const attributes = [
    { key: 'service.name', value: { stringValue: serviceName } },
    { key: 'service.version', value: { stringValue: release } },
  ];
  const scope = { name: 'groundwork', version: release };
  return { resource: { attributes }, scopeSpans: [{ scope, spans: [...spans] }] };
}

/** The id makes a score that is sent twice one score. */
function toScoreChange(score: Score, { environment, content }: SpanSettings): ScoreChange {
  const { id = randomUUID(), name, value } = score;
  const { traceId } = score.work;
  const comment = content === 'full' ? contentText(score.comment) : undefined;
  const request = { id, traceId, name, value, environment, ...(comment && { comment }) };
  return { id, score: request };
}

function isPassing(error: unknown): boolean {
  const status = statusOf(error);
  return status === undefined || PASSING_STATUSES.has(status) || status >= SERVER_FAULT;
}

function statusOf(error: unknown): number | undefined {
  return error instanceof LangfuseAPIError ? error.statusCode : undefined;
}

/** One line when it begins to fail and one when it is over, without what Langfuse wrote. */
function reportChanges({ logger }: LangfuseDependencies) {
  let isFailing = false;
  return {
    onFailed(error: unknown): void {
      const status = statusOf(error) ?? 'no answer';
      if (!isFailing) logger.warn({ status }, 'traces cannot be sent to langfuse');
      isFailing = true;
    },
    onSent(): void {
      if (isFailing) logger.info('traces are sent to langfuse again');
      isFailing = false;
    },
  };
}
