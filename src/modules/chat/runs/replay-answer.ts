import { z } from 'zod';
import type { DocumentId } from '#shared/ids';
import type { StoredCitation } from '../messages/messages.repository.ts';
import type { EventBatch } from './run-events.repository.ts';

export type ReplayedAnswer = {
  readonly content: string;
  readonly citations: readonly StoredCitation[];
  readonly lastEventId: number;
};

const documentId = z.string().transform((id) => id as DocumentId);
const ReplayedEvent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('token'), content: z.string() }),
  z.object({
    type: z.literal('citation'),
    document_id: documentId,
    document_title: z.string(),
    page: z.number().nullable(),
    quote: z.string(),
    start_offset: z.number(),
    end_offset: z.number(),
  }),
  z.object({ type: z.enum(['session', 'usage', 'error']) }),
]);

/** Puts an answer together again from the events that reached the database. */
export function replayAnswer(batches: readonly EventBatch[]): ReplayedAnswer {
  const citations: StoredCitation[] = [];
  let content = '';
  let lastEventId = 0;
  for (const { firstEventId, events } of batches) {
    lastEventId = firstEventId + events.length - 1;
    for (const text of events) {
      const event = ReplayedEvent.parse(JSON.parse(text));
      if (event.type === 'token') content += event.content;
      if (event.type !== 'citation') continue;
      const { type: _type, ...citation } = event;
      citations.push(citation);
    }
  }
  return { content, citations, lastEventId };
}
