import type { Payer } from '#modules/ai';
import { nameFailure } from '#platform/errors/name-failure';
import type { ObservedWork, Observer } from '#platform/telemetry/observer';
import type { ActiveRun } from './active-runs.ts';
import type { RecordedAnswer } from './answer-recorder.ts';
import type { Conclusion } from './conclude-answer.ts';

export type EndedRun = {
  readonly answer: Pick<RecordedAnswer, 'citations' | 'rejectedCitations'>;
  readonly result: {
    readonly content: string;
    readonly model: string;
    readonly conclusion: Conclusion;
  };
  readonly startedMs: number;
  readonly endedMs: number;
};

export type ObserveRun = (
  run: Pick<ActiveRun, 'id' | 'sessionId'>,
  request: { readonly question: string; readonly payer: Payer; readonly traceId: string },
  ended: EndedRun,
) => void;

/** Tells an observer of each run, and how much of what its answer cited was really there. */
export function createObserveRun(observer: Observer | undefined): ObserveRun {
  if (!observer) return () => {};
  return (run, { question, payer, traceId }, { answer, result, ...times }) => {
    const work = { ...payer, traceId, sessionId: run.sessionId, runId: run.id };
    const { content, model, conclusion } = result;
    observer.observe({
      kind: 'run',
      name: 'chat',
      work,
      ...times,
      input: question,
      output: content,
      metadata: {
        model,
        finish_reason: conclusion.finishReason,
        citations: answer.citations.length,
        rejected_citations: answer.rejectedCitations,
      },
      failure: describeEnd(conclusion),
    });
    scoreCitations(observer, work, answer);
  };
}

function describeEnd({ messageStatus, failure }: Conclusion): string | undefined {
  if (messageStatus === 'complete') return undefined;
  return failure === undefined ? 'aborted' : nameFailure(failure);
}

function scoreCitations(
  observer: Observer,
  work: ObservedWork,
  { citations, rejectedCitations }: EndedRun['answer'],
): void {
  const cited = citations.length + rejectedCitations;
  if (cited === 0) return;
  observer.score({
    work,
    name: 'citation_accuracy',
    value: citations.length / cited,
    comment: `${citations.length} of ${cited} citations quote what was retrieved`,
  });
}
