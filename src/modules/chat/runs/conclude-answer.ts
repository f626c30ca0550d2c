import type { TokenUsage } from '#modules/ai';
import { AppError } from '#platform/errors/app-error';
import type { MessageStatus } from '../messages/messages.repository.ts';
import type { StopReason } from './active-runs.ts';
import type { RecordedAnswer } from './answer-recorder.ts';
import type { RunStatus } from './runs.repository.ts';

/** What is to be stored and told about an answer that has ended. */
export type Ending = {
  readonly messageStatus: Exclude<MessageStatus, 'pending'>;
  readonly runStatus: Exclude<RunStatus, 'running'>;
  readonly finishReason: string;
  /** Set where the reader is told of a failure. */
  readonly failure: unknown;
};

/** With what the model used that gave the answer's end. */
export type Conclusion = Ending & { readonly usage: TokenUsage };

const NO_USAGE: TokenUsage = { promptTokens: 0, completionTokens: 0, isEstimated: true };

/** Draws from how an answer ended, and from why it was stopped if it was, what becomes of its run. */
export function concludeAnswer(
  { outcome, content }: Pick<RecordedAnswer, 'outcome' | 'content'>,
  stopReason: StopReason | undefined,
): Conclusion {
  const { usage } = outcome;
  switch (outcome.status) {
    case 'complete':
      return {
        messageStatus: 'complete',
        runStatus: 'done',
        finishReason: outcome.finishReason,
        usage,
        failure: undefined,
      };
    case 'aborted':
      return concludeStopped(usage, stopReason);
    case 'incomplete':
      return {
        messageStatus: 'incomplete',
        runStatus: 'failed',
        finishReason: 'error',
        // A call that failed before its first token is not charged.
        usage: content === '' ? NO_USAGE : usage,
        failure: outcome.error,
      };
  }
}

function concludeStopped(usage: TokenUsage, stopReason: StopReason | undefined): Conclusion {
  if (stopReason === 'shutdown' || stopReason === 'lost') {
    const failure = stopReason === 'shutdown' ? shuttingDown() : runLost();
    const finishReason = stopReason;
    return { messageStatus: 'incomplete', runStatus: 'failed', finishReason, usage, failure };
  }
  return {
    messageStatus: 'aborted',
    runStatus: 'cancelled',
    finishReason: stopReason ?? 'cancelled',
    usage,
    failure: undefined,
  };
}

export function shuttingDown(): AppError {
  return new AppError('unavailable', 'The service is shutting down; ask again in a moment', {
    reason: 'shutting_down',
    retryable: true,
    retryAfterSeconds: 5,
  });
}

export function runLost(): AppError {
  return new AppError('unavailable', 'The process that was answering ended; ask again', {
    reason: 'run.lost',
    retryable: true,
  });
}
