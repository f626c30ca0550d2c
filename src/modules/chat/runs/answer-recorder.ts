import type { ModelUse } from '#modules/ai';
import type { AnswerOutcome, AnswerSink, ModelChoice } from '../agent/agent-run.ts';
import {
  createCitationExtractor,
  type Citation,
  type CitationExtractor,
} from '../agent/extract-citations.ts';
import type { StoredCitation } from '../messages/messages.repository.ts';
import type { ActiveRun } from './active-runs.ts';

export type RecordedAnswer = {
  readonly content: string;
  readonly citations: readonly StoredCitation[];
  readonly rejectedCitations: number;
  readonly outcome: AnswerOutcome;
  /** Who gave its end; undefined where the model that was asked for is not a chain, or nobody began. */
  readonly chosen: Pick<ModelChoice, 'model' | 'provider'> | undefined;
  /** By others, for the same answer. */
  readonly used: readonly ModelUse[];
};

export type AnswerRecorder = AnswerSink & { result(): RecordedAnswer };

/** Turns an answer, as it comes, into events of the log, and keeps what is stored at its end. */
export function createAnswerRecorder(
  { log, model: askedModel }: Pick<ActiveRun, 'log' | 'model'>,
  onFirstToken: () => void,
): AnswerRecorder {
  const citations: StoredCitation[] = [];
  const used: ModelUse[] = [];
  let chosen: RecordedAnswer['chosen'];
  let untold: RecordedAnswer['chosen'];
  let extractor: CitationExtractor | undefined;
  let content = '';
  let ended: AnswerOutcome | undefined;

  return {
    begin(passages) {
      extractor = createCitationExtractor(passages);
    },
    choose({ model, provider, used: usedBefore = [] }) {
      used.push(...usedBefore);
      chosen = { model, provider };
      if (model !== askedModel || content !== '') untold = chosen;
    },
    write(text) {
      if (content === '') onFirstToken();
      content += text;
      // A run that is lost is billed by what its log says.
      log.append({ type: 'token', content: text, ...untold });
      untold = undefined;
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
      return { content, citations, rejectedCitations, outcome: ended, chosen, used };
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
