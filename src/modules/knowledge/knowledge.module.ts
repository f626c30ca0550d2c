import { setTimeout as sleep } from 'node:timers/promises';
import type { EmbeddingModel } from '#modules/ai';
import type { FileService } from '#modules/files';
import type { Clock } from '#platform/clock/clock';
import { createUnitOfWork, type Database, type Queries } from '#platform/db/database';
import type { App } from '#platform/http/app';
import type { JobQueue } from '#platform/queue/job-queue';
import type { Logger } from '#platform/telemetry/logger';
import type { Metrics } from '#platform/telemetry/metrics';
import type { Observer } from '#platform/telemetry/observer';
import type { TeamId } from '#shared/ids';
import { createChunksRepository } from './documents/chunks.repository.ts';
import { createUserDocumentExporter } from './documents/document-exporter.service.ts';
import { createOwnDocumentsRepository } from './documents/own-documents.repository.ts';
import { createUserDocumentEraser } from './documents/document-eraser.service.ts';
import { createDocumentPurgeService } from './documents/document-purge.service.ts';
import { createDocumentsRepository } from './documents/documents.repository.ts';
import { registerDocumentFileRoutes } from './documents/document-files.routes.ts';
import { registerDocumentRoutes } from './documents/documents.routes.ts';
import { createDocumentService } from './documents/documents.service.ts';
import { createTeamDocumentsRepository } from './documents/team-documents.repository.ts';
import { registerPurgeDocuments } from './documents/purge-documents.job.ts';
import { createUploadDocumentService } from './documents/upload-document.service.ts';
import { createIndexingEraser } from './ingestion/indexing-eraser.ts';
import { createIndexingsRepository } from './ingestion/indexings.repository.ts';
import { ingestDocument, registerIngestDocument } from './ingestion/ingest-document.job.ts';
import { createIngestionSweepService } from './ingestion/ingestion-sweep.service.ts';
import { createIngestionService } from './ingestion/ingestion.service.ts';
import { createIngestionsRepository } from './ingestion/ingestions.repository.ts';
import { registerSweepIngestions } from './ingestion/sweep-ingestions.job.ts';
import { detectMimeType } from './parsing/detect-mime-type.ts';
import { createDocumentParser } from './parsing/document-parser.ts';
import type { ProjectReader } from './project-reader.ts';
import { createObservedRetrieval } from './retrieval/observe-retrieval.ts';
import { createRetrievalRepository } from './retrieval/retrieval.repository.ts';
import { registerSearchRoutes } from './retrieval/search.routes.ts';
import { createSearchService } from './retrieval/search.service.ts';
import { createTokenCounter } from './splitting/count-tokens.ts';
import { splitIntoChunks } from './splitting/split-into-chunks.ts';
import { createTermExtractor } from './terms/term-extractor.ts';

export type KnowledgeModuleDependencies = {
  readonly database: Database;
  readonly queue: Pick<JobQueue, 'within'>;
  readonly projects: ProjectReader;
  readonly files: FileService;
  /** Without it search is by words alone. */
  readonly embedder: EmbeddingModel | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Pick<
    Metrics,
    'documentsTotal' | 'ingestionDurationSeconds' | 'retrievalDurationSeconds'
  >;
  readonly observer?: Observer | undefined;
  readonly settings: {
    readonly maxUploadBytes: number;
    readonly trashRetentionDays: number;
    readonly chunkTokens: number;
    readonly chunkOverlapTokens: number;
    readonly topK: number;
  };
};

/** Equal say for both arms of a hybrid search: what reciprocal rank fusion was published with. */
const VECTOR_WEIGHT = 1;

export function createKnowledgeModule(dependencies: KnowledgeModuleDependencies) {
  const { database, queue, projects, files, embedder, clock, logger, metrics, settings } =
    dependencies;
  const { documentsOf, indexingsOf, unitOfWork } = createRepositories({ database, queue, files });
  const parser = createDocumentParser({ maxThreads: ingestDocument.concurrency });
  const extractTerms = createTermExtractor();
  const countTokens = createTokenCounter();
  const eraser = createIndexingEraser({ indexingsOf, unitOfWork });

  const documents = createDocumentService({
    documentsOf,
    chunksOf: (teamId) => createChunksRepository(database.forTeam(teamId)),
    wait: (milliseconds, signal) =>
      sleep(milliseconds, undefined, { signal }).catch(() => undefined),
    unitOfWork,
    projects,
    files,
    metrics,
  });
  const uploads = createUploadDocumentService({
    unitOfWork,
    projects,
    files,
    detectMimeType,
    metrics,
    settings,
  });
  const documentPurge = createDocumentPurgeService({
    documentsOf,
    allDocuments: () => createDocumentsRepository(database.forSystem()),
    teamDocuments: () => createTeamDocumentsRepository(database.forSystem()),
    trashRetentionDays: settings.trashRetentionDays,
    unitOfWork,
    eraser,
    files,
    clock,
  });
  const ingestion = createIngestionService({
    split: (blocks) =>
      splitIntoChunks(blocks, {
        chunkSizeTokens: settings.chunkTokens,
        overlapTokens: settings.chunkOverlapTokens,
        countTokens,
      }),
    unitOfWork,
    files,
    parser,
    extractTerms,
    embedder,
    eraser,
    clock,
    metrics,
  });
  const ingestionSweep = createIngestionSweepService({
    allIngestions: () => createIngestionsRepository(database.forSystem()),
    allIndexings: () => createIndexingsRepository(database.forSystem()),
    unitOfWork,
    eraser,
    metrics,
  });
  const search = createSearchService({
    retrievalOf: (teamId) => createRetrievalRepository(database.forTeam(teamId)),
    settings: { topK: settings.topK, vectorWeight: VECTOR_WEIGHT },
    projects,
    extractTerms,
    embedder,
    metrics,
    logger,
    observed: createObservedRetrieval(dependencies),
  });

  return {
    documents,
    uploads,
    search,
    /** Goes with a project: give it to the purge of projects. */
    eraseProject: documentPurge.eraseProject,
    /** To be added to identity's, before the eraser of files. */
    userEraser: createUserDocumentEraser({
      teamDocuments: () => createTeamDocumentsRepository(database.forSystem()),
      documentPurge,
    }),
    userExporter: createUserDocumentExporter((teamId) =>
      createOwnDocumentsRepository(database.forTeam(teamId)),
    ),
    registerRoutes(app: App): void {
      registerDocumentFileRoutes(app, { documents, uploads, settings });
      registerDocumentRoutes(app, { documents });
      registerSearchRoutes(app, { search });
    },
    registerJobs(jobs: JobQueue): void {
      registerIngestDocument(jobs, { ingestion });
      registerSweepIngestions(jobs, { ingestionSweep });
      registerPurgeDocuments(jobs, { documentPurge });
    },
    /** Ends the parser's threads. */
    close: () => parser.close(),
  };
}

function createRepositories({
  database,
  queue,
  files,
}: Pick<KnowledgeModuleDependencies, 'database' | 'queue' | 'files'>) {
  const bind = (queries: Queries) => ({
    documents: createDocumentsRepository(queries),
    ingestions: createIngestionsRepository(queries),
    indexings: createIndexingsRepository(queries),
    files: files.within(queries),
    jobs: queue.within(queries),
  });
  return {
    documentsOf: (teamId: TeamId) => createDocumentsRepository(database.forTeam(teamId)),
    indexingsOf: (teamId: TeamId) => createIndexingsRepository(database.forTeam(teamId)),
    unitOfWork: createUnitOfWork(database, bind),
  };
}
