import type { DocumentId, ProjectId, TeamId } from '#shared/ids';
import type { IngestionStage } from '../ingestion/ingestion-stage.ts';

/** A document whose ingestion was given up. */
export type FailedDocument = {
  readonly id: DocumentId;
  readonly teamId: TeamId;
  readonly projectId: ProjectId;
  readonly title: string;
  readonly mimeType: string;
  readonly bytes: number;
  /** Where it stopped; null where it never began. */
  readonly stage: IngestionStage | null;
  /** Tries of that stage. */
  readonly attempts: number;
  readonly errorReason: string | null;
  readonly error: string | null;
  readonly failedAt: string;
};

export type FailureFilter = {
  readonly teamId?: TeamId | undefined;
  readonly reason?: string | undefined;
  /** Those that failed for this reason are left out. */
  readonly exceptReason?: string | undefined;
};
