import type { AnswerOutcome, AnswerSink } from '../agent/agent-run.ts';
import {
  createCitationExtractor,
  type Citation,
  type CitationExtractor,
} from '../agent/extract-citations.ts';
import type { StoredCitation } from '../messages/messages.repository.ts';
import type { RunLog } from './run-log.ts';

export type RecordedAnswer = {
  readonly content: string;
  readonly citations: readonly StoredCitation[];
  readonly rejectedCitations: number;
  readonly outcome: AnswerOutcome;
};

export type AnswerRecorder = AnswerSink & { result(): RecordedAnswer };

/** Turns an answer, as it comes, into events of the log, and keeps what is stored at its end. */
export function createAnswerRecorder(log: RunLog, onFirstToken: () => void): AnswerRecorder {
  const citations: StoredCitation[] = [];
  let extractor: CitationExtractor | undefined;
  let content = '';
  let ended: AnswerOutcome | undefined;

  return {
    begin(passages) {
      extractor = createCitationExtractor(passages);
    },
    write(text) {
      if (content === '') onFirstToken();
      content += text;
      log.append({ type: 'token', content: text });
      for (const citation of extractor?.push(text) ?? []) {
        const stored = toStored(citation);
        citations.push(stored);
        log.append({ type: 'citation', ...stored });
      }
      return !log.isFull();
    },
    end(outcome) {
      ended = outcome;
    },
    result() {
      if (!ended) throw new Error('The answer has not ended');
      const rejectedCitations = extractor?.rejectedCount() ?? 0;
      return { content, citations, rejectedCitations, outcome: ended };
    },
  };
}

function toStored(citation: Citation): StoredCitation {
  return {
    document_id: citation.documentId,
    document_title: citation.documentTitle,
    page: citation.page,
    quote: citation.quote,
    start_offset: citation.startOffset,
    end_offset: citation.endOffset,
  };
}
