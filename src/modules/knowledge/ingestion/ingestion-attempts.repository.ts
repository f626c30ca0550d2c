import { sql } from 'kysely';
import type { Queries } from '#platform/db/database';
import { newId, type DocumentId, type IngestionAttemptId, type TeamId } from '#shared/ids';
import { pageOffset, type Page, type PageRequest } from '#shared/page';
import type { IngestionStage } from './ingestion-stage.ts';
import type { IngestionFailure } from './ingestions.repository.ts';

export type AttemptOutcome =
  | 'running'
  | 'paused'
  | 'succeeded'
  | 'failed'
  | 'interrupted'
  | 'cancelled';

export type IngestionAttempt = {
  readonly id: IngestionAttemptId;
  readonly firstStage: IngestionStage;
  /** Where it is or where it ended. */
  readonly stage: IngestionStage;
  readonly outcome: AttemptOutcome;
  readonly errorReason: string | null;
  readonly error: string | null;
  readonly createdAt: string;
  readonly endedAt: string | null;
};

type NewAttempt = {
  readonly teamId: TeamId;
  readonly documentId: DocumentId;
  readonly stage: IngestionStage;
};

const KEPT_ATTEMPTS = 20;

export type IngestionAttemptsRepository = ReturnType<typeof createIngestionAttemptsRepository>;

/** The history of a document's ingestion. A document has at most one attempt that has not ended. */
export function createIngestionAttemptsRepository(queries: Queries) {
  const open = (documentId: DocumentId) =>
    queries
      .updateTable('ingestion_attempts')
      .where('document_id', '=', documentId)
      .where('outcome', 'in', ['running', 'paused']);

  async function resume(documentId: DocumentId): Promise<boolean> {
    const { numUpdatedRows } = await open(documentId)
      .set({ outcome: 'running', updated_at: sql`now()` })
      .where('outcome', '=', 'paused')
      .executeTakeFirst();
    return numUpdatedRows > 0n;
  }

  async function end(
    documentId: DocumentId,
    outcome: Exclude<AttemptOutcome, 'running' | 'paused'>,
    failure?: IngestionFailure & { readonly stage?: IngestionStage },
  ): Promise<void> {
    await open(documentId)
      .set({
        outcome,
        ended_at: sql`now()`,
        updated_at: sql`now()`,
        ...(failure && { error_reason: failure.reason, error: failure.message }),
        ...(failure?.stage && { stage: failure.stage }),
      })
      .execute();
  }

  return {
    end,

    /** Begins an attempt, or goes on with the one that paused; one whose process died is closed. */
    async begin({ teamId, documentId, stage }: NewAttempt, isFirst: boolean): Promise<void> {
      if (!isFirst) {
        if (await resume(documentId)) return;
        await end(documentId, 'interrupted', INTERRUPTED);
      }
      await queries
        .insertInto('ingestion_attempts')
        .values({
          id: newId(),
          team_id: teamId,
          document_id: documentId,
          first_stage: stage,
          stage,
          outcome: 'running',
        })
        .execute();
    },

    async enter(documentId: DocumentId, stage: IngestionStage): Promise<void> {
      await open(documentId)
        .set({ stage, updated_at: sql`now()` })
        .execute();
    },

    async pause(documentId: DocumentId): Promise<void> {
      await open(documentId)
        .set({ outcome: 'paused', updated_at: sql`now()` })
        .execute();
    },

    /** Youngest first. */
    async list(documentId: DocumentId, page: PageRequest): Promise<Page<IngestionAttempt>> {
      const matching = queries
        .selectFrom('ingestion_attempts')
        .where('document_id', '=', documentId);
      const items = await matching
        .select([
          'id',
          'first_stage as firstStage',
          'stage',
          'outcome',
          'error_reason as errorReason',
          'error',
          'created_at as createdAt',
          'ended_at as endedAt',
        ])
        .orderBy('id', 'desc')
        .limit(page.pageSize)
        .offset(pageOffset(page))
        .$castTo<IngestionAttempt>()
        .execute();
      const { total } = await matching
        .select((row) => row.fn.countAll<number>().as('total'))
        .executeTakeFirstOrThrow();
      return { items, total, page: page.page, pageSize: page.pageSize };
    },

    /** Forgets all but the youngest. */
    async prune(documentId: DocumentId): Promise<void> {
      await sql`
        delete from ingestion_attempts where id in (
          select id from ingestion_attempts where document_id = ${documentId}
          order by id desc offset ${KEPT_ATTEMPTS})
      `.execute(queries);
    },
  };
}

const INTERRUPTED: IngestionFailure = {
  reason: 'interrupted',
  message: 'The process that worked on it ended',
};
