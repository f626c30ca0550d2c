import type { TeamEvent } from '#platform/events/events';
import type { DocumentId, ProjectId, TeamId } from '#shared/ids';
import type { IngestionStage } from './ingestion-stage.ts';

export const DOCUMENTS_TOPIC = 'documents';

export type DocumentChange = {
  readonly teamId: TeamId;
  readonly projectId: ProjectId;
  readonly documentId: DocumentId;
  readonly status: 'pending' | 'processing' | 'ready' | 'failed';
  readonly stage: IngestionStage | null;
  readonly progress: number;
};

/** Says that a document's ingestion moved. */
export function documentEvent(change: DocumentChange): TeamEvent {
  const { teamId, projectId, documentId, status, stage, progress } = change;
  const data = { project_id: projectId, document_id: documentId, status, stage, progress };
  return { teamId, topic: DOCUMENTS_TOPIC, data };
}
