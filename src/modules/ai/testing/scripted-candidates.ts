import { AppError } from '#platform/errors/app-error';
import { createMetrics } from '#platform/telemetry/metrics';
import type { ChatEvent, ChatModel, ChatRequest } from '../chat-model.ts';
import { createCircuitBreakers } from '../resilience/circuit-breakers.ts';

type Step = ChatEvent | Error | 'silence';

export type ScriptedCandidate = ChatModel & {
  readonly requests: readonly ChatRequest[];
  /** How many of its calls were ended before they had said everything. */
  readonly ended: () => number;
};

export const WHOLE: ChatEvent = {
  type: 'finish',
  reason: 'stop',
  usage: { promptTokens: 7, completionTokens: 3, isEstimated: false },
};

export function say(text: string): ChatEvent {
  return { type: 'text-delta', text };
}

/** A failure as providers throw it. */
export function outage(kind: 'external' | 'timeout' = 'external', reason = 'upstream_failed') {
  return new AppError(kind, 'The model endpoint failed', { reason, retryable: true });
}

/** A model that does the same each time it is asked; silent, it waits until it is given up. */
export function createCandidate(name: string, steps: readonly Step[]): ScriptedCandidate {
  const requests: ChatRequest[] = [];
  let ended = 0;
  return {
    name,
    provider: `${name}-provider`,
    requests,
    ended: () => ended,
    async *stream(request, signal) {
      requests.push(request);
      let isWhole = false;
      try {
        for (const step of steps) {
          signal.throwIfAborted();
          if (step === 'silence') await aborted(signal);
          else if (step instanceof Error) throw step;
          else yield step;
        }
        isWhole = true;
      } finally {
        if (!isWhole) ended += 1;
      }
    },
  };
}

export function buildCircuits(failures = 20) {
  const settings = { failures, windowMs: 10_000, openMs: 30_000 };
  return createCircuitBreakers({ settings, metrics: createMetrics() });
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
