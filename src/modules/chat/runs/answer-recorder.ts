import type { ChatModel, ModelUse } from '#modules/ai';
import type { AnswerOutcome, AnswerSink, ModelChoice } from '../agent/agent-run.ts';
import type { RetrievedPassage } from '../agent/retrieved-passage.ts';
import {
  createCitationExtractor,
  FIRST_TOOL_SOURCE,
  type Citation,
  type CitationExtractor,
} from '../agent/extract-citations.ts';
import type { Step } from '../agent/tool-step.ts';
import type { StoredCitation } from '../messages/messages.repository.ts';
import type { ActiveRun } from './active-runs.ts';
import { toBilled, type BilledUse } from './billed-use.ts';
import { estimateUse } from './estimate-use.ts';
import type { ReplayedAnswer } from './replay-answer.ts';
import { createStepRecorder } from './step-recorder.ts';

export type RecordedAnswer = {
  readonly content: string;
  readonly citations: readonly StoredCitation[];
  readonly rejectedCitations: number;
  readonly outcome: AnswerOutcome;
  readonly steps: readonly Step[];
  /** Who gave its end; undefined where the model that was asked for is not a chain, or nobody began. */
  readonly chosen: Pick<ModelChoice, 'model' | 'provider'> | undefined;
  /** What was used for it, without its last turn. */
  readonly used: readonly BilledUse[];
};

export type AnswerRecorder = AnswerSink & { result(): RecordedAnswer };

export type RecorderHooks = {
  readonly onFirstToken: () => void;
  readonly countTokens: (text: string) => number;
  /** Resolves when all that was told is stored. */
  readonly stored: () => Promise<void>;
  /** Bills what a turn used that is told already. */
  readonly bill: (uses: readonly BilledUse[]) => Promise<void>;
  /** Whether a run that used so much may go on. */
  readonly isOverBudget: (uses: readonly BilledUse[]) => boolean;
};

export type RecordedRun = Pick<ActiveRun, 'log'> & {
  readonly model: Pick<ChatModel, 'name' | 'provider'>;
  /** What was said before this process had the run. */
  readonly former: ReplayedAnswer;
};

/** Turns an answer, as it comes, into events of the log, and keeps what is stored at its end. */
export function createAnswerRecorder(
  { log, model: asked, former }: RecordedRun,
  hooks: RecorderHooks,
): AnswerRecorder {
  const citations: StoredCitation[] = [...former.citations];
  const toolPassages: RetrievedPassage[] = [...former.toolPassages];
  const stepRecorder = createStepRecorder(log, former.steps);
  /** By turns that are over. */
  const told: BilledUse[] = [...former.uses];
  /** For the turn that is being taken, by others than its model. */
  let used: ModelUse[] = [];
  let lostParts = former.parts;
  let chosen: RecordedAnswer['chosen'];
  // What goes on with a lost answer names itself, so that its log tells the two apart.
  let untold: RecordedAnswer['chosen'] =
    former.said === '' ? undefined : { model: asked.name, provider: asked.provider };
  let extractor: CitationExtractor | undefined;
  let content = former.content;
  let ended: AnswerOutcome | undefined;

  function usesWith(usage: AnswerOutcome['usage']): readonly BilledUse[] {
    const own = { ...(chosen ?? { model: asked.name, provider: asked.provider }), usage };
    return [...used, own].map(toBilled);
  }

  return {
    begin(passages) {
      extractor = createCitationExtractor(passages, toolPassages);
      // Its citations were told.
      extractor.push(content);
    },
    ask(promptTokens) {
      const { countTokens } = hooks;
      used = lostParts.map((part) => estimateUse(part, { asked, promptTokens, countTokens }));
      lostParts = [];
    },
    choose({ model, provider, used: usedBefore = [] }) {
      used.push(...usedBefore);
      chosen = { model, provider };
      if (model !== asked.name || content !== '') untold = chosen;
    },
    write(text) {
      if (content === '') hooks.onFirstToken();
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
    isOverBudget: (usage) => hooks.isOverBudget([...told, ...usesWith(usage)]),
    async callTools({ said, calls, usage }) {
      const uses = usesWith(usage);
      used = [];
      told.push(...uses);
      stepRecorder.begin({ said, calls, uses });
      await hooks.stored();
      await hooks.bill(uses);
    },
    async startTool(callId) {
      stepRecorder.start(callId);
      await hooks.stored();
    },
    numberPassages(passages) {
      const firstNumber = FIRST_TOOL_SOURCE + toolPassages.length;
      toolPassages.push(...passages);
      return firstNumber;
    },
    endTool: stepRecorder.end,
    askApproval: stepRecorder.ask,
    stored: hooks.stored,
    end(outcome) {
      ended = outcome;
    },
    result() {
      if (!ended) throw new Error('The answer has not ended');
      const rejectedCitations = extractor?.rejectedCount() ?? 0;
      return {
        content,
        citations,
        rejectedCitations,
        outcome: ended,
        steps: stepRecorder.steps(),
        chosen,
        used: [...told, ...used.map(toBilled)],
      };
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
