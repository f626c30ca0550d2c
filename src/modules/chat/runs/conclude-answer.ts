import type { TokenUsage } from '#modules/ai';
import type { AnswerOutcome } from '../agent/agent-run.ts';
import { AppError } from '#platform/errors/app-error';
import type { MessageStatus } from '../messages/messages.repository.ts';
import type { StopReason } from './active-runs.ts';
import type { EndStatus } from './runs.repository.ts';

/** What is to be stored and told about an answer that has ended. */
export type Ending = {
  readonly messageStatus: Exclude<MessageStatus, 'pending'>;
  readonly runStatus: EndStatus;
  readonly finishReason: string;
  /** Set where the reader is told of a failure. */
  readonly failure: unknown;
};

/** With what the model used that gave the answer's end. */
export type Conclusion = Ending & { readonly usage: TokenUsage };

export type EndedOutcome = Exclude<AnswerOutcome, { readonly status: 'waiting' }>;

/** Draws from how an answer ended, and from why it was stopped if it was, what becomes of its run. */
export function concludeAnswer(
  outcome: EndedOutcome,
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
        usage,
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

/** Of a run whose process is gone, and that nobody goes on with. */
export function lostEnding(): Ending {
  return {
    messageStatus: 'incomplete',
    runStatus: 'failed',
    finishReason: 'lost',
    failure: runLost(),
  };
}

/** Of a run that its user stopped, or may not have any more. */
export function cancelledEnding(): Ending {
  return {
    messageStatus: 'aborted',
    runStatus: 'cancelled',
    finishReason: 'cancelled',
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

export function runWaiting(): AppError {
  return new AppError('conflict', 'The run waits until somebody has decided on its tools', {
    reason: 'run.waiting',
  });
}

export function runLost(): AppError {
  return new AppError('unavailable', 'The process that was answering ended; ask again', {
    reason: 'run.lost',
    retryable: true,
  });
}
