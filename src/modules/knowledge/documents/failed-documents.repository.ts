import { sql } from 'kysely';
import type { Queries } from '#platform/db/database';
import type { DocumentId, TeamId } from '#shared/ids';
import { pageOffset, type Page, type PageRequest } from '#shared/page';
import type { FailedDocument, FailureFilter } from './failed-document.ts';

const COLUMNS = [
  'documents.id',
  'documents.team_id as teamId',
  'documents.project_id as projectId',
  'documents.title',
  'documents.mime_type as mimeType',
  'documents.bytes',
  'documents.stage',
  'documents.attempts',
  'documents.error_reason as errorReason',
  'documents.error',
  'documents.updated_at as failedAt',
] as const;
/** Nobody reads further, and counting on would take long. */
const MAX_COUNTED = 10_000;

export type FailedDocumentsRepository = ReturnType<typeof createFailedDocumentsRepository>;

/** Failed documents of all tenants, except in the trash; needs the system scope. */
export function createFailedDocumentsRepository(queries: Queries) {
  const failed = ({ teamId, reason, exceptReason }: FailureFilter = {}) =>
    queries
      .selectFrom('documents')
      .innerJoin('projects', 'projects.id', 'documents.project_id')
      .where('documents.status', '=', 'failed')
      .where('documents.deleted_at', 'is', null)
      .where('projects.deleted_at', 'is', null)
      .$if(teamId !== undefined, (query) =>
        query.where('documents.team_id', '=', sql<TeamId>`${teamId}`),
      )
      .$if(reason !== undefined, (query) =>
        query.where('documents.error_reason', '=', sql<string>`${reason}`),
      )
      .$if(exceptReason !== undefined, (query) =>
        query.where(sql<boolean>`documents.error_reason is distinct from ${exceptReason}`),
      );

  async function count(filter: FailureFilter): Promise<number> {
    const { total } = await queries
      .selectFrom(failed(filter).select('documents.id').limit(MAX_COUNTED).as('counted'))
      .select((row) => row.fn.countAll<number>().as('total'))
      .executeTakeFirstOrThrow();
    return total;
  }

  return {
    count,

    /** The last to fail first; the total is counted up to 10,000. */
    async list({
      page,
      pageSize,
      ...filter
    }: FailureFilter & PageRequest): Promise<Page<FailedDocument>> {
      const items = await failed(filter)
        .select(COLUMNS)
        .orderBy('documents.updated_at', 'desc')
        .orderBy('documents.id', 'desc')
        .limit(pageSize)
        .offset(pageOffset({ page, pageSize }))
        .$castTo<FailedDocument>()
        .execute();
      return { items, total: await count(filter), page, pageSize };
    },

    async find(id: DocumentId): Promise<FailedDocument | undefined> {
      return failed()
        .select(COLUMNS)
        .where('documents.id', '=', id)
        .$castTo<FailedDocument>()
        .executeTakeFirst();
    },
  };
}
