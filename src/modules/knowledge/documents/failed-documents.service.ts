import type { Queries } from '#platform/db/database';
import type { Events } from '#platform/events/events';
import type { JobWriter } from '#platform/queue/job-queue';
import type { Metrics } from '#platform/telemetry/metrics';
import type { DocumentId } from '#shared/ids';
import type { Page, PageRequest } from '#shared/page';
import { documentEvent } from '../ingestion/document-event.ts';
import type { IngestionAttemptsRepository } from '../ingestion/ingestion-attempts.repository.ts';
import { CANCELLED } from '../ingestion/ingestion-failure.ts';
import { requestIngestion } from '../ingestion/request-ingestion.ts';
import type { DocumentRecord, DocumentsRepository } from './documents.repository.ts';
import type { FailedDocument, FailureFilter } from './failed-document.ts';
import type { FailedDocumentsRepository } from './failed-documents.repository.ts';

export type FailedDocumentService = ReturnType<typeof createFailedDocumentService>;

export type FailedDocumentDependencies = {
  readonly failedDocuments: () => FailedDocumentsRepository;
  readonly bind: (queries: Queries) => {
    readonly documents: Pick<DocumentsRepository, 'restart'>;
    readonly attempts: Pick<IngestionAttemptsRepository, 'prune'>;
    readonly jobs: JobWriter;
  };
  readonly events: Pick<Events, 'publish'>;
  readonly metrics: Pick<Metrics, 'documentsTotal'>;
};

/** The dead letters of ingestion, of all tenants; who may ask is for the caller to check. */
export function createFailedDocumentService(dependencies: FailedDocumentDependencies) {
  const { failedDocuments, bind, events, metrics } = dependencies;

  return {
    /** What its user called off did not fail by itself. */
    CALLED_OFF: CANCELLED.reason,
    list: (filter: FailureFilter & PageRequest): Promise<Page<FailedDocument>> =>
      failedDocuments().list(filter),
    count: (filter: FailureFilter): Promise<number> => failedDocuments().count(filter),
    find: (id: DocumentId): Promise<FailedDocument | undefined> => failedDocuments().find(id),

    /** Bound to a transaction of the document's team. */
    within: (queries: Queries) => ({
      /** Puts one back in line; undefined where it is under way or gone. To be told once it is committed. */
      async restart({
        id,
        teamId,
        projectId,
      }: FailedDocument): Promise<DocumentRecord | undefined> {
        const { documents, attempts, jobs } = bind(queries);
        const document = await documents.restart({ projectId, id });
        if (!document) return undefined;
        await attempts.prune(id);
        await requestIngestion(jobs, { teamId, documentId: id });
        return document;
      },
    }),

    /** Tells who follows a document that it waits again. */
    tell({ id, ...document }: DocumentRecord): void {
      metrics.documentsTotal.inc({ status: document.status });
      events.publish(documentEvent({ ...document, documentId: id }));
    },
  };
}
