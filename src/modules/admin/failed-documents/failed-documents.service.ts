import { assertAdministrator, auditedActor, type AuditWriter } from '#modules/identity';
import type { FailedDocument, FailedDocumentService, FailureFilter } from '#modules/knowledge';
import { teamScope, type UnitOfWork } from '#platform/db/database';
import { AppError, notFound } from '#platform/errors/app-error';
import type { Actor } from '#shared/actor';
import type { DocumentId } from '#shared/ids';
import type { Page, PageRequest } from '#shared/page';

export type AdminFailedDocumentsDependencies = {
  readonly failedDocuments: FailedDocumentService;
  readonly unitOfWork: UnitOfWork<{
    readonly documents: ReturnType<FailedDocumentService['within']>;
    readonly auditLog: AuditWriter;
  }>;
};

type Filter = Pick<FailureFilter, 'teamId' | 'reason'>;

/** How many of the documents go back in line at a time: each is a job, and an entry in the audit log. */
const MAX_AT_ONCE = 200;

export type AdminFailedDocuments = ReturnType<typeof createAdminFailedDocuments>;

/** Operators' view of the documents whose ingestion was given up. */
export function createAdminFailedDocuments(dependencies: AdminFailedDocumentsDependencies) {
  const { failedDocuments, unitOfWork } = dependencies;

  async function restart(actor: Actor, failed: FailedDocument): Promise<boolean> {
    const restarted = await unitOfWork.run(teamScope(failed.teamId), async (bound) => {
      const document = await bound.documents.restart(failed);
      if (!document) return undefined;
      const { stage, errorReason, attempts } = failed;
      await bound.auditLog.insert({
        ...auditedActor(actor),
        action: 'document.retried',
        target: { type: 'document', id: failed.id },
        before: { stage, reason: errorReason, attempts },
      });
      return document;
    });
    if (restarted) failedDocuments.tell(restarted);
    return restarted !== undefined;
  }

  return {
    /** @throws FORBIDDEN */
    async list(actor: Actor, filter: Filter & PageRequest): Promise<Page<FailedDocument>> {
      assertAdministrator(actor);
      return failedDocuments.list(filter);
    },

    /** @throws FORBIDDEN, NOT_FOUND for one that has not failed, CONFLICT for one that was sent again meanwhile */
    async retry(actor: Actor, { id }: { readonly id: DocumentId }): Promise<FailedDocument> {
      assertAdministrator(actor);
      const failed = await failedDocuments.find(id);
      if (!failed) throw notFound('failed_document', id);
      if (!(await restart(actor, failed))) throw isBusy(id);
      return failed;
    },

    /** Sends some again, the last to fail first, and says how many are left. @throws FORBIDDEN */
    async retryAll(actor: Actor, filter: Filter): Promise<{ retried: number; left: number }> {
      assertAdministrator(actor);
      const wanted = { ...filter, ...withoutCalledOff(filter) };
      const { items } = await failedDocuments.list({ ...wanted, page: 1, pageSize: MAX_AT_ONCE });
      let retried = 0;
      for (const failed of items) {
        if (await restart(actor, failed)) retried += 1;
      }
      return { retried, left: await failedDocuments.count(wanted) };
    },
  };

  /** What users called off goes on only where somebody asks for just that. */
  function withoutCalledOff({ reason }: Filter): Pick<FailureFilter, 'exceptReason'> {
    return reason === undefined ? { exceptReason: failedDocuments.CALLED_OFF } : {};
  }
}

function isBusy(id: DocumentId): AppError {
  return new AppError('conflict', `The document "${id}" is being processed already`, {
    reason: 'document.busy',
  });
}
