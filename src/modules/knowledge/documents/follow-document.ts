import type { Events } from '#platform/events/events';
import type { TeamId } from '#shared/ids';
import { DOCUMENTS_TOPIC } from '../ingestion/document-event.ts';
import type { DocumentRecord, DocumentsRepository } from './documents.repository.ts';

export type FollowDocumentDependencies = {
  readonly documentsOf: (teamId: TeamId) => Pick<DocumentsRepository, 'find'>;
  readonly events: Pick<Events, 'subscribe'>;
  /** Resolves after the time or as soon as the signal is aborted. */
  readonly wait: (milliseconds: number, signal: AbortSignal) => Promise<void>;
};

/** For an event that was lost on its way. */
const LOOK_AGAIN_MS = 5000;

/** Yields a document's state now and after each change, until its ingestion has ended or it is gone. */
export function createDocumentFollower({ documentsOf, events, wait }: FollowDocumentDependencies) {
  return async function* follow(
    first: DocumentRecord,
    signal: AbortSignal,
  ): AsyncIterable<DocumentRecord> {
    let news = new AbortController();
    const wake = () => news.abort();
    const unsubscribe = events.subscribe(
      { teamId: first.teamId, topic: DOCUMENTS_TOPIC },
      { onEvent: ({ data }) => void (data['document_id'] === first.id && wake()), onGap: wake },
    );
    // What happened since the first look, and before the subscription.
    wake();
    try {
      yield first;
      let seen: DocumentRecord | undefined = first;
      while (seen && !hasEnded(seen)) {
        await wait(LOOK_AGAIN_MS, AbortSignal.any([signal, news.signal]));
        if (signal.aborted) return;
        news = new AbortController();
        const current = await documentsOf(first.teamId).find(first);
        if (current && hasChanged(seen, current)) yield current;
        seen = current;
      }
    } finally {
      unsubscribe();
    }
  };
}

function hasEnded({ status }: DocumentRecord): boolean {
  return status === 'ready' || status === 'failed';
}

function hasChanged(seen: DocumentRecord, current: DocumentRecord): boolean {
  return seen.updatedAt !== current.updatedAt || seen.status !== current.status;
}
