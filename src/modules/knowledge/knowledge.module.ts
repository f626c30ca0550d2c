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
import type { FileId, TeamId } from '#shared/ids';
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
import { allowMimeType } from './parsing/allow-mime-type.ts';
import { createDocumentParser } from './parsing/document-parser.ts';
import { createDocumentBatchesRepository } from './project-files/document-batches.repository.ts';
import { createDocumentBatchService } from './project-files/document-batches.service.ts';
import { createProjectFilesRepository } from './project-files/project-files.repository.ts';
import { createProjectFileService } from './project-files/project-files.service.ts';
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
  const { bind, documentsOf, chunksOf, indexingsOf, projectFilesOf, batchesOf, unitOfWork } =
    createRepositories({ database, queue, files });
  const parser = createDocumentParser({ maxThreads: ingestDocument.concurrency });
  const extractTerms = createTermExtractor();
  const countTokens = createTokenCounter();
  const eraser = createIndexingEraser({ indexingsOf, unitOfWork });

  const documents = createDocumentService({
    documentsOf,
    chunksOf,
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
    allowMimeType,
    metrics,
    settings,
  });
  const projectFiles = createProjectFileService({
    projectFilesOf,
    chunksOf,
    unitOfWork,
    projects,
    documents,
    files,
    allowMimeType,
    metrics,
  });
  const documentBatches = createDocumentBatchService({
    batchesOf,
    projectFilesOf,
    unitOfWork,
    projects,
    projectFiles,
    files,
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
    projectFiles,
    documentBatches,
    /** Takes a file that is deleted out of every project, in the transaction that deletes it. */
    async detachFile(queries: Queries, { id }: { readonly id: FileId }): Promise<void> {
      const bound = bind(queries);
      for (const document of await bound.projectFiles.lockDocuments(id)) {
        await bound.documents.markDeleted(document);
        await bound.indexings.trash(document.id);
      }
    },
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
    projectFiles: createProjectFilesRepository(queries),
    batches: createDocumentBatchesRepository(queries),
    files: files.within(queries),
    jobs: queue.within(queries),
  });
  return {
    bind,
    documentsOf: (teamId: TeamId) => createDocumentsRepository(database.forTeam(teamId)),
    chunksOf: (teamId: TeamId) => createChunksRepository(database.forTeam(teamId)),
    projectFilesOf: (teamId: TeamId) => createProjectFilesRepository(database.forTeam(teamId)),
    batchesOf: (teamId: TeamId) => createDocumentBatchesRepository(database.forTeam(teamId)),
    indexingsOf: (teamId: TeamId) => createIndexingsRepository(database.forTeam(teamId)),
    unitOfWork: createUnitOfWork(database, bind),
  };
}
