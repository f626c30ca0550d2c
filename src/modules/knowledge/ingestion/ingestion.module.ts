import type { FileService } from '#modules/files';
import type { Database, UnitOfWork } from '#platform/db/database';
import type { Events } from '#platform/events/events';
import type { JobQueue, JobWriter } from '#platform/queue/job-queue';
import type { Logger } from '#platform/telemetry/logger';
import type { Metrics } from '#platform/telemetry/metrics';
import { createDocumentParser } from '../parsing/document-parser.ts';
import type { ParseLimits } from '../parsing/parse-limits.ts';
import type { ParsedBlock } from '../parsing/parsed-document.ts';
import type { ChunkDraft } from '../splitting/chunk-draft.ts';
import type { TermExtractor } from '../terms/terms.ts';
import type { Vectors } from '../vectors/vector-store.ts';
import { createChunkEmbedder } from './embed-chunks.ts';
import type { Fingerprint } from './fingerprint.ts';
import { ingestDocument, registerIngestDocument } from './ingest-document.job.ts';
import type { IndexingEraser } from './indexing-eraser.ts';
import { createIndexingsRepository, type IndexingsRepository } from './indexings.repository.ts';
import { createIngestionRuns, type RunRepositories } from './ingestion-run.ts';
import { createIngestionSweepService } from './ingestion-sweep.service.ts';
import { createIngestionService } from './ingestion.service.ts';
import { createIngestionsRepository } from './ingestions.repository.ts';
import {
  createOutdatedDocumentsRepository,
  type OutdatedDocumentsRepository,
} from './outdated-documents.repository.ts';
import { createRenewalService } from './renewal.service.ts';
import { registerSweepIngestions } from './sweep-ingestions.job.ts';
import { createTextWriter } from './write-text.ts';

export type IngestionModuleDependencies = {
  readonly database: Database;
  readonly unitOfWork: UnitOfWork<
    RunRepositories & {
      indexings: IndexingsRepository;
      outdated: OutdatedDocumentsRepository;
      jobs: JobWriter;
    }
  >;
  readonly files: Pick<FileService, 'open'>;
  readonly split: (blocks: AsyncIterable<ParsedBlock>) => AsyncIterable<ChunkDraft>;
  readonly extractTerms: TermExtractor;
  /** Without it chunks are found by words alone. */
  readonly vectors: Vectors | undefined;
  readonly fingerprint: Fingerprint;
  readonly eraser: IndexingEraser;
  readonly events: Events;
  readonly logger: Logger;
  readonly metrics: Pick<Metrics, 'documentsTotal' | 'ingestionDurationSeconds'>;
  readonly settings: {
    readonly chunkTokens: number;
    readonly chunkOverlapTokens: number;
    readonly leaseSeconds: number;
    readonly parsing?: Partial<ParseLimits>;
  };
};

/** What part of the way the text is, where vectors come after it. */
const TEXT_SHARE = 0.3;
/** Not while a start is waited for. */
const FIRST_LOOK_MS = 5000;

export function createIngestionModule(dependencies: IngestionModuleDependencies) {
  const { database, vectors, fingerprint, logger, settings } = dependencies;
  const parser = createDocumentParser({
    maxThreads: ingestDocument.concurrency,
    ...(settings.parsing && { limits: settings.parsing }),
  });
  const next = vectors
    ? ({ stage: 'embed', share: TEXT_SHARE } as const)
    : ({ stage: 'index', share: 1 } as const);

  const renewal = createRenewalService({
    ...dependencies,
    allOutdated: () => createOutdatedDocumentsRepository(database.forSystem()),
  });
  const ingestion = createIngestionService({
    ...dependencies,
    openRun: createIngestionRuns(dependencies),
    writeText: createTextWriter({
      ...dependencies,
      parser,
      next,
    }),
    embedChunks: vectors && createChunkEmbedder({ vectors, textShare: TEXT_SHARE }),
    random: Math.random,
    renewal,
    settings: { ...settings, fingerprint: fingerprint.whole },
  });
  const ingestionSweep = createIngestionSweepService({
    ...dependencies,
    allIngestions: () => createIngestionsRepository(database.forSystem()),
    allIndexings: () => createIndexingsRepository(database.forSystem()),
  });

  let firstLook: NodeJS.Timeout | undefined;

  return {
    registerJobs(jobs: JobQueue): void {
      registerIngestDocument(jobs, { ingestion });
      registerSweepIngestions(jobs, { ingestionSweep, renewal });
    },
    /** Looks for outdated documents soon; later the sweep does. */
    start(): void {
      firstLook = setTimeout(() => {
        renewal
          .renewOutdated()
          .catch((error: unknown) =>
            logger.warn({ err: error }, 'could not look for outdated documents'),
          );
      }, FIRST_LOOK_MS).unref();
    },
    /** Ends the parser's threads. */
    async close(): Promise<void> {
      clearTimeout(firstLook);
      await parser.close();
    },
  };
}
