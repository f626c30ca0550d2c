import { teamScope, type UnitOfWork } from '#platform/db/database';
import { AppError } from '#platform/errors/app-error';
import type { Events } from '#platform/events/events';
import type { JobWriter } from '#platform/queue/job-queue';
import type { Metrics } from '#platform/telemetry/metrics';
import type { Actor } from '#shared/actor';
import type { TeamId } from '#shared/ids';
import type { Page, PageRequest } from '#shared/page';
import { documentEvent } from '../ingestion/document-event.ts';
import type {
  IngestionAttempt,
  IngestionAttemptsRepository,
} from '../ingestion/ingestion-attempts.repository.ts';
import { CANCELLED } from '../ingestion/ingestion-failure.ts';
import type { IndexingsRepository } from '../ingestion/indexings.repository.ts';
import type { IngestionsRepository } from '../ingestion/ingestions.repository.ts';
import { requestIngestion } from '../ingestion/request-ingestion.ts';
import { assertCanWriteDocuments } from './documents.policy.ts';
import type { DocumentKey, DocumentRecord, DocumentsRepository } from './documents.repository.ts';
import type { DocumentService } from './documents.service.ts';

export type DocumentIngestionService = ReturnType<typeof createDocumentIngestionService>;

export type DocumentIngestionDependencies = {
  readonly unitOfWork: UnitOfWork<{
    documents: DocumentsRepository;
    ingestions: IngestionsRepository;
    indexings: IndexingsRepository;
    attempts: IngestionAttemptsRepository;
    jobs: JobWriter;
  }>;
  readonly attemptsOf: (teamId: TeamId) => Pick<IngestionAttemptsRepository, 'list'>;
  readonly documents: Pick<DocumentService, 'get'>;
  readonly follow: (first: DocumentRecord, signal: AbortSignal) => AsyncIterable<DocumentRecord>;
  readonly events: Pick<Events, 'publish'>;
  readonly metrics: Pick<Metrics, 'documentsTotal'>;
};

/** How people start, stop and follow ingestions; NOT_FOUND for another team's project or document. */
export function createDocumentIngestionService(dependencies: DocumentIngestionDependencies) {
  const { unitOfWork, attemptsOf, documents, follow, events, metrics } = dependencies;

  /**
   * Asks for a new index; the former one is searched until the new one is whole.
   * @throws NOT_FOUND, FORBIDDEN, CONFLICT while an ingestion is under way
   */
  async function reindex(actor: Actor, key: DocumentKey): Promise<DocumentRecord> {
    const before = await documents.get(actor, key);
    assertCanWriteDocuments(actor);
    const restarted = await unitOfWork.run(teamScope(actor.teamId), async (bound) => {
      const document = await bound.documents.restart(key);
      if (!document) return undefined;
      await bound.attempts.prune(key.id);
      await requestIngestion(bound.jobs, { teamId: actor.teamId, documentId: key.id });
      return document;
    });
    if (!restarted) throw isBusy(before);
    metrics.documentsTotal.inc({ status: restarted.status });
    tell(restarted);
    return restarted;
  }

  /**
   * Calls an ingestion off: the run that works on it is told at once, and its further words are refused.
   * @throws NOT_FOUND, FORBIDDEN, CONFLICT for one that has ended otherwise
   */
  async function cancel(actor: Actor, key: DocumentKey): Promise<DocumentRecord> {
    await documents.get(actor, key);
    assertCanWriteDocuments(actor);
    const isCancelled = await unitOfWork.run(teamScope(actor.teamId), async (bound) => {
      if (!(await bound.ingestions.fail(key.id, CANCELLED))) return false;
      await bound.indexings.discardWriting(key.id);
      await bound.attempts.end(key.id, 'cancelled', CANCELLED);
      return true;
    });
    const document = await documents.get(actor, key);
    if (isCancelled) {
      metrics.documentsTotal.inc({ status: 'failed' });
      tell(document);
    } else if (document.errorReason !== CANCELLED.reason) throw hasEnded(document);
    return document;
  }

  async function listAttempts(
    actor: Actor,
    { page, ...key }: DocumentKey & { readonly page: PageRequest },
  ): Promise<Page<IngestionAttempt>> {
    const { id } = await documents.get(actor, key);
    return attemptsOf(actor.teamId).list(id, page);
  }

  /** Follows a document: its state now and after each change, until its ingestion has ended or it is gone. */
  async function watch(
    actor: Actor,
    key: DocumentKey,
  ): Promise<(signal: AbortSignal) => AsyncIterable<DocumentRecord>> {
    const first = await documents.get(actor, key);
    return (signal) => follow(first, signal);
  }

  function tell({ id, ...document }: DocumentRecord): void {
    events.publish(documentEvent({ ...document, documentId: id }));
  }

  return { reindex, cancel, listAttempts, watch };
}

function isBusy({ id, status }: DocumentRecord): AppError {
  const message = `The document "${id}" is ${status}; wait until it is ready or failed`;
  return new AppError('conflict', message, { reason: 'document.busy' });
}

function hasEnded({ id, status }: DocumentRecord): AppError {
  const message = `The document "${id}" is ${status}: there is nothing to call off`;
  return new AppError('conflict', message, { reason: 'document.ended' });
}
