import { teamScope, type UnitOfWork } from '#platform/db/database';
import { AppError } from '#platform/errors/app-error';
import type { Events } from '#platform/events/events';
import type { JobContext, JobWriter } from '#platform/queue/job-queue';
import type { Logger } from '#platform/telemetry/logger';
import type { Metrics } from '#platform/telemetry/metrics';
import { traced } from '#platform/telemetry/tracing';
import type { DocumentId, TeamId } from '#shared/ids';
import { documentEvent, type DocumentChange } from './document-event.ts';
import type { ChunkEmbedder } from './embed-chunks.ts';
import type { IndexingEraser } from './indexing-eraser.ts';
import type { IndexingsRepository } from './indexings.repository.ts';
import { describeFailure, INTERRUPTED, isPermanent } from './ingestion-failure.ts';
import type { IngestionRun, RunRepositories, Started } from './ingestion-run.ts';
import type { Ingestion } from './ingestions.repository.ts';
import { isExhausted, planRetrySeconds } from './plan-retry.ts';
import type { RenewalService } from './renewal.service.ts';
import { requestIngestion } from './request-ingestion.ts';
import { createStepTimer, type StepTimer } from './step-timer.ts';
import { SupersededError } from './superseded-error.ts';

type Repositories = RunRepositories & { indexings: IndexingsRepository; jobs: JobWriter };

export type IngestionServiceDependencies = {
  readonly unitOfWork: UnitOfWork<Repositories>;
  readonly openRun: (started: Started, signal: AbortSignal) => IngestionRun;
  readonly writeText: (run: IngestionRun, timer: StepTimer) => Promise<number>;
  /** Without it chunks are found by words alone. */
  readonly embedChunks: ChunkEmbedder | undefined;
  readonly eraser: Pick<IndexingEraser, 'eraseDiscardedOf'>;
  readonly events: Events;
  readonly random: () => number;
  readonly logger: Pick<Logger, 'warn'>;
  readonly metrics: Pick<Metrics, 'documentsTotal' | 'ingestionDurationSeconds'>;
  readonly renewal: RenewalService;
  readonly settings: { readonly fingerprint: string; readonly leaseSeconds: number };
};

type Failure = Parameters<Repositories['ingestions']['fail']>[1];
type Key = { readonly teamId: TeamId; readonly documentId: DocumentId };

/** Makes documents searchable: whole or not at all, once, whatever happens on the way. */
export function createIngestionService(dependencies: IngestionServiceDependencies) {
  const { unitOfWork, openRun, writeText, embedChunks, eraser, renewal } = dependencies;
  const { events, metrics, settings } = dependencies;

  /**
   * Ingests one document, from where the run before it stopped. Running it again is harmless: a run that finds
   * nothing to do ends, and one that takes over from another has that one's further words refused.
   */
  async function ingest(
    { teamId, documentId }: Key,
    { signal, isSentAgain }: Pick<JobContext, 'signal' | 'isSentAgain'>,
  ): Promise<void> {
    const started = await start({ teamId, documentId }, isSentAgain);
    if (!started) return;
    const run = openRun(started, signal);
    try {
      await traced('ingest', { 'document.id': documentId }, () => advance(run));
    } catch (error) {
      await settleFailure(run, error, signal);
    } finally {
      run.close();
    }
    await eraser.eraseDiscardedOf(teamId, documentId, signal);
    if (run.isBackground) await renewal.renewOutdated();
  }

  async function start(key: Key, mayHaveFailed: boolean): Promise<Started | undefined> {
    const begun = await unitOfWork.run(teamScope(key.teamId), async (bound) => {
      const ingestion = await bound.ingestions.start(key.documentId, mayHaveFailed);
      if (!ingestion) return undefined;
      const { attempts, stage } = ingestion;
      if (isExhausted({ stage, attempts: attempts - 1 })) return giveUp(bound, ingestion);
      await bound.attempts.begin({ ...key, stage }, attempts === 1 && stage === 'fetch');
      return { ...ingestion, indexing: await bound.writes.claim({ ...ingestion, ...settings }) };
    });
    if (begun && 'indexing' in begun) return begun;
    if (begun) tellEnded(begun);
    return undefined;
  }

  /** Each of its runs died with the process that it ran in. */
  async function giveUp(bound: Repositories, ingestion: Ingestion) {
    const { documentId } = ingestion;
    await bound.attempts.end(documentId, 'interrupted', INTERRUPTED);
    await bound.indexings.discardWriting(documentId);
    return { ...ingestion, status: await endFailed(bound, documentId, INTERRUPTED) };
  }

  async function advance(run: IngestionRun): Promise<void> {
    const timer = createStepTimer(metrics);
    const { chunkCount: written, isWritten } = run.indexing;
    const chunkCount = isWritten ? written : await writeText(run, timer);
    if (embedChunks) {
      if (!(await embedChunks(run, { chunkCount, timer }))) return pause(run);
      await run.enter('index');
    }
    await timer.time('publish', () => publish(run));
    timer.report();
    metrics.documentsTotal.inc({ status: 'ready' });
    run.announce('ready');
  }

  async function publish({ teamId, documentId, indexing }: IngestionRun): Promise<void> {
    await unitOfWork.run(teamScope(teamId), async ({ ingestions, indexings, attempts }) => {
      if (!(await ingestions.lock(documentId))) throw new SupersededError();
      const published = await indexings.publish(indexing, documentId);
      if (!published) throw new SupersededError();
      await ingestions.finish(documentId, published);
      await attempts.end(documentId, 'succeeded');
    });
  }

  /** Lets others go first. */
  async function pause(run: IngestionRun): Promise<void> {
    const { teamId, documentId, indexing } = run;
    await unitOfWork.run(teamScope(teamId), async ({ ingestions, attempts, writes, jobs }) => {
      if (!(await ingestions.lock(documentId))) throw new SupersededError();
      if (!(await writes.renew(indexing, settings.leaseSeconds))) throw new SupersededError();
      await ingestions.pause(documentId, run.progress());
      await attempts.pause(documentId);
      await requestIngestion(jobs, run, { isNext: true });
    });
    run.announce('pending');
  }

  /** Puts the document back in line, or fails it for good; a process that ends leaves that to the next run. */
  async function settleFailure(
    run: IngestionRun,
    error: unknown,
    jobSignal: AbortSignal,
  ): Promise<void> {
    if (error instanceof SupersededError || run.isLost()) return;
    if (jobSignal.aborted) throw error;
    const stage = run.failedStage();
    const failure = { ...describeFailure(error), stage };
    const attempts = run.attempts();
    const retrySeconds = planRetrySeconds({ stage, attempts, error }, dependencies.random);
    const status = await unitOfWork.run(teamScope(run.teamId), async (bound) => {
      if (!(await bound.ingestions.lock(run.documentId))) return undefined;
      if (!(await bound.writes.renew(run.indexing, settings.leaseSeconds))) return undefined;
      await bound.attempts.end(run.documentId, 'failed', failure);
      if (retrySeconds === undefined) return failForGood(bound, run, failure);
      const postponement = { ...failure, attempts, retrySeconds };
      await bound.ingestions.postpone(run.documentId, postponement);
      await requestIngestion(bound.jobs, run, { isNext: true, startAfterSeconds: retrySeconds });
      return 'pending' as const;
    });
    if (!status) return;
    const line = { document_id: run.documentId, stage, attempts, retry_seconds: retrySeconds };
    dependencies.logger.warn({ ...line, err: error }, 'a stage of an ingestion failed');
    if (status === 'pending') return run.announce(status);
    tellEnded({ ...run, status, stage, progress: run.progress() });
    if (status === 'failed' && !isPermanent(error)) throw beyondHelp(failure.message, error);
  }

  async function failForGood(
    bound: Repositories,
    { documentId, indexing }: IngestionRun,
    failure: Failure,
  ): Promise<'failed' | 'ready'> {
    await bound.indexings.discard(indexing);
    return endFailed(bound, documentId, failure);
  }

  /** As it was before, where nobody waits for a new index. */
  async function endFailed(
    { ingestions }: Repositories,
    documentId: DocumentId,
    failure: Failure,
  ): Promise<'failed' | 'ready'> {
    if (await ingestions.keepFormer(documentId, failure)) return 'ready';
    await ingestions.fail(documentId, failure);
    return 'failed';
  }

  function tellEnded(ended: DocumentChange): void {
    metrics.documentsTotal.inc({ status: ended.status });
    const end = ended.status === 'ready' ? { stage: null, progress: 1 } : {};
    events.publish(documentEvent({ ...ended, ...end }));
  }

  return { ingest };
}

/** Makes the job a dead letter, which an operator may send again. */
function beyondHelp(message: string, cause: unknown): AppError {
  return new AppError('unavailable', message, { retryable: false, cause });
}
