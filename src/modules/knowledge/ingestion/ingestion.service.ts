import type { Readable } from 'node:stream';
import { payingFor, type EmbeddingModel, type Payer } from '#modules/ai';
import type { FileService } from '#modules/files';
import type { Clock } from '#platform/clock/clock';
import { teamScope, type UnitOfWork } from '#platform/db/database';
import { invalid } from '#platform/errors/app-error';
import type { JobContext } from '#platform/queue/job-queue';
import type { Metrics } from '#platform/telemetry/metrics';
import { traced } from '#platform/telemetry/tracing';
import { newId, type ChunkId, type DocumentId, type TeamId } from '#shared/ids';
import type { DocumentParser, ParsedBlock } from '../parsing/parsed-document.ts';
import type { ChunkDraft } from '../splitting/chunk-draft.ts';
import type { TermExtractor } from '../terms/terms.ts';
import { createBatchBuilder, type DraftBatch } from './chunk-batches.ts';
import type { IndexingEraser } from './indexing-eraser.ts';
import type { IndexingId, IndexingsRepository } from './indexings.repository.ts';
import { describeFailure, isPermanent } from './ingestion-failure.ts';
import type { Ingestion, IngestionsRepository } from './ingestions.repository.ts';
import { oneAhead } from './one-ahead.ts';
import { createProgressReporter } from './progress-reporter.ts';
import { createStepTimer, type StepTimer } from './step-timer.ts';
import { createYielder } from './yielder.ts';

export type IngestionService = ReturnType<typeof createIngestionService>;

export type IngestionServiceDependencies = {
  readonly unitOfWork: UnitOfWork<{
    ingestions: IngestionsRepository;
    indexings: IndexingsRepository;
  }>;
  readonly files: Pick<FileService, 'open'>;
  readonly parser: Pick<DocumentParser, 'parse'>;
  readonly split: (blocks: AsyncIterable<ParsedBlock>) => AsyncIterable<ChunkDraft>;
  readonly extractTerms: TermExtractor;
  /** Without it chunks are found by words alone. */
  readonly embedder: EmbeddingModel | undefined;
  readonly eraser: Pick<IndexingEraser, 'eraseDiscardedOf'>;
  readonly clock: Clock;
  readonly metrics: Pick<Metrics, 'documentsTotal' | 'ingestionDurationSeconds'>;
};

type Started = Ingestion & { readonly indexingId: IndexingId };

/** The document was deleted, or another run took it over; this run has nothing left to do. */
class SupersededError extends Error {
  override readonly name = 'SupersededError';
}

/** Makes documents searchable: whole or not at all, once, whatever happens on the way. */
export function createIngestionService(dependencies: IngestionServiceDependencies) {
  const { unitOfWork, files, parser, split, extractTerms, embedder, eraser, clock, metrics } =
    dependencies;

  /**
   * Ingests one document. Running it again is harmless: a run that finds nothing to do ends, and one that follows a
   * killed run gives up what that one wrote.
   */
  async function ingest(
    { teamId, documentId }: { readonly teamId: TeamId; readonly documentId: DocumentId },
    { signal, isLastAttempt }: Pick<JobContext, 'signal' | 'isLastAttempt'>,
  ): Promise<void> {
    const started = await start(teamId, documentId);
    if (!started) return;
    try {
      await traced('ingest', { 'document.id': documentId }, () => index(started, signal));
      metrics.documentsTotal.inc({ status: 'ready' });
    } catch (error) {
      await settleFailure(started, error, isLastAttempt && !signal.aborted);
    }
    await eraser.eraseDiscardedOf(teamId, documentId, signal);
  }

  async function start(teamId: TeamId, documentId: DocumentId): Promise<Started | undefined> {
    return unitOfWork.run(teamScope(teamId), async ({ ingestions, indexings }) => {
      const ingestion = await ingestions.start(documentId);
      return ingestion && { ...ingestion, indexingId: await indexings.begin(ingestion) };
    });
  }

  async function index(started: Started, signal: AbortSignal): Promise<void> {
    const timer = createStepTimer(metrics);
    const { content } = await files.open(started.teamId, started.fileId);
    try {
      await indexContent(started, { content, timer, signal });
    } finally {
      content.destroy();
    }
    timer.report();
  }

  async function indexContent(
    started: Started,
    { content, timer, signal }: { content: Readable; timer: StepTimer; signal: AbortSignal },
  ): Promise<void> {
    const source = { mimeType: started.mimeType, content, sizeBytes: started.bytes };
    const parsed = await timer.time('parse', () => parser.parse(source, signal));
    const reportProgress = createProgressReporter(clock, (progress) => report(started, progress));

    const batches = collectBatches(started, split(parsed.blocks), timer);
    for await (const batch of oneAhead(batches)) {
      signal.throwIfAborted();
      await write(started, batch, { timer, signal });
      await reportProgress(parsed.progress());
    }
    await timer.time('publish', () => publish(started, parsed.pageCount));
  }

  async function* collectBatches(
    { title }: Started,
    drafts: AsyncIterable<ChunkDraft>,
    timer: StepTimer,
  ): AsyncIterable<DraftBatch> {
    const builder = createBatchBuilder({ title, extractTerms });
    const giveWay = createYielder();
    for await (const draft of timer.timeEach('parse', drafts)) {
      await timer.time('terms', () => builder.add(draft));
      await giveWay();
      if (builder.isFull()) yield builder.take();
    }
    if (!builder.isEmpty()) yield builder.take();
  }

  async function write(
    started: Started,
    { drafts, postings, totalLength }: DraftBatch,
    { timer, signal }: { timer: StepTimer; signal: AbortSignal },
  ): Promise<void> {
    const embeddings =
      embedder &&
      (await timer.time('embed', () =>
        payingFor(payerOf(started), () =>
          embedder.embed(
            drafts.map((draft) => draft.content),
            signal,
          ),
        ),
      ));
    const chunks = drafts.map((draft, place) => ({
      ...draft,
      id: newId<ChunkId>(),
      embedding: embeddings?.vectors[place] ?? null,
    }));
    const batch = {
      ...started,
      embeddingModel: embedder?.name ?? null,
      chunks,
      postings,
      totalLength,
    };
    const isWritten = await timer.time('write', () =>
      unitOfWork.run(teamScope(started.teamId), ({ indexings }) => indexings.append(batch)),
    );
    if (!isWritten) throw new SupersededError();
  }

  async function report({ teamId, documentId }: Started, progress: number): Promise<void> {
    await unitOfWork.run(teamScope(teamId), ({ ingestions }) =>
      ingestions.report(documentId, progress),
    );
  }

  async function publish(started: Started, pageCount: number | null): Promise<void> {
    const { teamId, documentId, indexingId } = started;
    await unitOfWork.run(teamScope(teamId), async ({ ingestions, indexings }) => {
      if (!(await ingestions.lock(documentId))) throw new SupersededError();
      const published = await indexings.publish(indexingId, documentId);
      if (!published) throw new SupersededError();
      if (published.chunkCount === 0) throw noText();
      await ingestions.finish(documentId, { pageCount, chunkCount: published.chunkCount });
    });
  }

  /** Fails the document for good, or throws so that the queue tries again. */
  async function settleFailure(
    { teamId, documentId, indexingId }: Started,
    error: unknown,
    isLastAttempt: boolean,
  ): Promise<void> {
    if (error instanceof SupersededError) return;
    if (!isPermanent(error) && !isLastAttempt) throw error;
    const isFailed = await unitOfWork.run(teamScope(teamId), async ({ ingestions, indexings }) => {
      if (!(await ingestions.lock(documentId))) return false;
      // Only the run that holds the document may fail it.
      if (!(await indexings.discard(indexingId))) return false;
      return ingestions.fail(documentId, describeFailure(error));
    });
    if (isFailed) metrics.documentsTotal.inc({ status: 'failed' });
    if (!isPermanent(error)) throw error;
  }

  return { ingest };
}

function noText(): Error {
  return invalid([{ field: 'file', message: 'The document has no text' }], 'no_text');
}

/** The team's: nobody in particular waits for a job. */
function payerOf({ teamId, projectId }: Pick<Started, 'teamId' | 'projectId'>): Payer {
  return { teamId, projectId, userId: null };
}
