import { z } from 'zod';
import type { DocumentId } from '#shared/ids';
import type { StoredCitation } from '../messages/messages.repository.ts';
import type { EventBatch } from './run-events.repository.ts';

/** What one model said of an answer; it has no name where it is the model that was asked for. */
export type ReplayedPart = {
  readonly model?: string | undefined;
  readonly provider?: string | undefined;
  readonly content: string;
};

export type ReplayedAnswer = {
  readonly content: string;
  readonly parts: readonly ReplayedPart[];
  readonly citations: readonly StoredCitation[];
  readonly lastEventId: number;
};

const documentId = z.string().transform((id) => id as DocumentId);
const ReplayedEvent = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('token'),
    content: z.string(),
    model: z.string().optional(),
    provider: z.string().optional(),
  }),
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
  const parts: ReplayedPart[] = [];
  let lastEventId = 0;
  for (const { firstEventId, events } of batches) {
    lastEventId = firstEventId + events.length - 1;
    for (const text of events) {
      const event = ReplayedEvent.parse(JSON.parse(text));
      if (event.type === 'token') addToken(parts, event);
      if (event.type !== 'citation') continue;
      const { type: _type, ...citation } = event;
      citations.push(citation);
    }
  }
  const content = parts.map((part) => part.content).join('');
  return { content, parts, citations, lastEventId };
}

/** A token that names a model is the first of what that one says. */
function addToken(parts: ReplayedPart[], token: ReplayedPart): void {
  const former = token.model === undefined ? parts.pop() : undefined;
  parts.push({ ...token, ...former, content: (former?.content ?? '') + token.content });
}
