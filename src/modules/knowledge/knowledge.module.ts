import { setTimeout as sleep } from 'node:timers/promises';
import type { EmbeddingModel } from '#modules/ai';
import type { FileService } from '#modules/files';
import type { Clock } from '#platform/clock/clock';
import { createUnitOfWork, type Queries } from '#platform/db/database';
import type { Events } from '#platform/events/events';
import type { App } from '#platform/http/app';
import type { HttpClient } from '#platform/http-client/http-client';
import type { JobQueue } from '#platform/queue/job-queue';
import type { Logger } from '#platform/telemetry/logger';
import type { Metrics } from '#platform/telemetry/metrics';
import type { Observer } from '#platform/telemetry/observer';
import type { FileId, TeamId } from '#shared/ids';
import { createChunksRepository } from './documents/chunks.repository.ts';
import { createUserDocumentExporter } from './documents/document-exporter.service.ts';
import { createOwnDocumentsRepository } from './documents/own-documents.repository.ts';
import { createUserDocumentEraser } from './documents/document-eraser.service.ts';
import { createDocumentTopic } from './documents/document.topic.ts';
import { registerDocumentIngestionRoutes } from './documents/document-ingestion.routes.ts';
import { createDocumentIngestionService } from './documents/document-ingestion.service.ts';
import { createDocumentPurgeService } from './documents/document-purge.service.ts';
import { createDocumentsRepository } from './documents/documents.repository.ts';
import { registerDocumentFileRoutes } from './documents/document-files.routes.ts';
import { registerDocumentRoutes } from './documents/documents.routes.ts';
import { createDocumentService } from './documents/documents.service.ts';
import { createFailedDocumentService } from './documents/failed-documents.service.ts';
import { createFailedDocumentsRepository } from './documents/failed-documents.repository.ts';
import { createDocumentFollower } from './documents/follow-document.ts';
import { createImportDocumentService } from './documents/import-document.service.ts';
import { createTeamDocumentsRepository } from './documents/team-documents.repository.ts';
import { registerPurgeDocuments } from './documents/purge-documents.job.ts';
import { createUploadDocumentService } from './documents/upload-document.service.ts';
import { createEvaluationService } from './evaluation/evaluation.service.ts';
import { createTextIndexer } from './evaluation/index-texts.ts';
import { fingerprintOf } from './ingestion/fingerprint.ts';
import { createIndexingEraser } from './ingestion/indexing-eraser.ts';
import { createIndexingsRepository } from './ingestion/indexings.repository.ts';
import { createIndexingWritesRepository } from './ingestion/indexing-writes.repository.ts';
import { createIngestionAttemptsRepository } from './ingestion/ingestion-attempts.repository.ts';
import { createIngestionModule } from './ingestion/ingestion.module.ts';
import { createIngestionsRepository } from './ingestion/ingestions.repository.ts';
import { createOutdatedDocumentsRepository } from './ingestion/outdated-documents.repository.ts';
import { allowMimeType } from './parsing/allow-mime-type.ts';
import { createDocumentParser } from './parsing/document-parser.ts';
import type { ParseLimits } from './parsing/parse-limits.ts';
import { createTextReader } from './parsing/read-text.ts';
import type { ParsedBlock } from './parsing/parsed-document.ts';
import { createDocumentBatchesRepository } from './project-files/document-batches.repository.ts';
import { createDocumentBatchService } from './project-files/document-batches.service.ts';
import { createProjectFilesRepository } from './project-files/project-files.repository.ts';
import { createProjectFileService } from './project-files/project-files.service.ts';
import type { ProjectReader } from './project-reader.ts';
import { createApiReranker, type RerankerSettings } from './retrieval/api-reranker.provider.ts';
import { createObservedRetrieval } from './retrieval/observe-retrieval.ts';
import type { Reranker } from './retrieval/reranker.ts';
import { createRetrievalRepository } from './retrieval/retrieval.repository.ts';
import { registerSearchRoutes } from './retrieval/search.routes.ts';
import { createSearchService } from './retrieval/search.service.ts';
import { createTokenCounter } from './splitting/count-tokens.ts';
import { splitIntoChunks } from './splitting/split-into-chunks.ts';
import { createTermExtractor } from './terms/term-extractor.ts';
import type { IndexedDatabase } from './vectors/vector-indexes.repository.ts';
import { createVectorsModule, type VectorSettings } from './vectors/vectors.module.ts';

export type KnowledgeModuleDependencies = {
  readonly database: IndexedDatabase;
  readonly queue: Pick<JobQueue, 'within'>;
  readonly projects: ProjectReader;
  readonly files: FileService;
  /** Reaches public hosts alone. */
  readonly httpClient: Pick<HttpClient, 'download'>;
  /** Without it search is by words alone. */
  readonly embedder: EmbeddingModel | undefined;
  readonly events: Events;
  /** In place of the one that the settings name; without either the best passages are put in order by their own words. */
  readonly reranker?: Reranker | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Pick<
    Metrics,
    | 'documentsTotal'
    | 'ingestionDurationSeconds'
    | 'retrievalDurationSeconds'
    | 'vectorStoreDurationSeconds'
  >;
  readonly observer?: Observer | undefined;
  readonly settings: {
    readonly maxUploadBytes: number;
    readonly trashRetentionDays: number;
    readonly chunkTokens: number;
    readonly chunkOverlapTokens: number;
    readonly topK: number;
    readonly parsing?: Partial<ParseLimits>;
    readonly leaseSeconds: number;
    readonly reranker?: RerankerSettings;
    /** Without them vectors are in the database. */
    readonly vectors?: VectorSettings;
  };
};

/** Equal say for both arms of a hybrid search: what reciprocal rank fusion was published with. */
const VECTOR_WEIGHT = 1;
const READ_TEXT_MS = 10_000;

export function createKnowledgeModule(dependencies: KnowledgeModuleDependencies) {
  const { database, queue, projects, files, events, clock, metrics, settings } = dependencies;
  const { bind, unitOfWork, ...repositories } = createRepositories({ database, queue, files });
  const { documentsOf, chunksOf, attemptsOf, projectFilesOf, batchesOf } = repositories;
  // Of its own, so that who waits for an answer does not wait behind documents.
  const textParser = createDocumentParser({
    limits: { ...settings.parsing, timeMs: READ_TEXT_MS },
  });
  const extractTerms = createTermExtractor();
  const { vectors, vectorRemover, ...inStore } = createVectorsModule({
    ...dependencies,
    unitOfWork,
  });
  const parts = { ...dependencies, ...repositories, unitOfWork, vectorRemover };
  const eraser = createIndexingEraser({ ...parts, wait: waitUnlessAborted });
  const fingerprint = fingerprintOf(settings, vectors?.store.kind);

  const documents = createDocumentService({ ...repositories, unitOfWork, projects, files });
  const documentIngestion = createDocumentIngestionService({
    ...dependencies,
    unitOfWork,
    attemptsOf,
    documents,
    follow: createDocumentFollower({ documentsOf, events, wait: waitUnlessAborted }),
  });
  const uploads = createUploadDocumentService({
    unitOfWork,
    projects,
    files,
    allowMimeType,
    metrics,
    settings,
  });
  const imports = createImportDocumentService({ ...dependencies, uploads });
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
    vectorRemover,
    files,
    clock,
  });
  const failedDocuments = createFailedDocumentService({
    ...dependencies,
    bind,
    failedDocuments: () => createFailedDocumentsRepository(database.forSystem()),
  });
  const countTokens = createTokenCounter();
  const split = (blocks: AsyncIterable<ParsedBlock>) =>
    splitIntoChunks(blocks, {
      chunkSizeTokens: settings.chunkTokens,
      overlapTokens: settings.chunkOverlapTokens,
      countTokens,
    });
  const ingestion = createIngestionModule({
    ...dependencies,
    split,
    unitOfWork,
    extractTerms,
    vectors,
    eraser,
    fingerprint,
  });
  const apiReranker = createApiReranker(settings.reranker ?? {});
  const search = createSearchService({
    ...dependencies,
    vectors,
    retrievalOf: (teamId) => createRetrievalRepository(database.forTeam(teamId)),
    settings: { topK: settings.topK, vectorWeight: VECTOR_WEIGHT, fingerprint: fingerprint.whole },
    extractTerms,
    extractPlainTerms: createTermExtractor({ detectsLanguage: false }),
    reranker: dependencies.reranker ?? apiReranker,
    observed: createObservedRetrieval(dependencies),
  });

  const evaluation = createEvaluationService({
    indexer: createTextIndexer({
      unitOfWork,
      split,
      extractTerms,
      vectors,
      fingerprint: fingerprint.whole,
    }),
    retrieve: search.retrieve,
    now: () => performance.now(),
  });

  return {
    documents,
    documentIngestion,
    failedDocuments,
    uploads,
    search,
    evaluation,
    projectFiles,
    documentBatches,
    readText: createTextReader({ parser: textParser, allowMimeType }),
    /** Takes a file that is deleted out of every project, in the transaction that deletes it. */
    async detachFile(queries: Queries, { id }: { readonly id: FileId }): Promise<void> {
      const bound = bind(queries);
      for (const document of await bound.projectFiles.lockDocuments(id)) {
        await bound.documents.markDeleted(document);
        await bound.indexings.trash(document.id);
      }
    },
    /** Documents whose index other settings made: they are searched, and get a new one. */
    countOutdated: () => createOutdatedDocumentsRepository(database.forSystem()).count(fingerprint),
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
    checks: inStore.checks,
    topics: [createDocumentTopic(documentIngestion)],
    registerRoutes(app: App): void {
      registerDocumentFileRoutes(app, { documents, uploads, imports, settings });
      registerDocumentRoutes(app, { documents });
      registerDocumentIngestionRoutes(app, { documentIngestion });
      registerSearchRoutes(app, { search });
    },
    registerJobs(jobs: JobQueue): void {
      ingestion.registerJobs(jobs);
      registerPurgeDocuments(jobs, { documentPurge });
      inStore.registerJobs(jobs);
    },
    /** In a process that runs jobs. */
    start: () => ingestion.start(),
    /** Ends the parsers' threads and the reranker's connections. */
    async close(): Promise<void> {
      await Promise.all([ingestion.close(), textParser.close(), apiReranker?.close()]);
    },
  };
}

function waitUnlessAborted(milliseconds: number, signal: AbortSignal): Promise<void> {
  return sleep(milliseconds, undefined, { signal }).catch(() => undefined);
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
    attempts: createIngestionAttemptsRepository(queries),
    writes: createIndexingWritesRepository(queries),
    outdated: createOutdatedDocumentsRepository(queries),
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
    attemptsOf: (teamId: TeamId) => createIngestionAttemptsRepository(database.forTeam(teamId)),
    indexingsOf: (teamId: TeamId) => createIndexingsRepository(database.forTeam(teamId)),
    unitOfWork: createUnitOfWork(database, bind),
  };
}
