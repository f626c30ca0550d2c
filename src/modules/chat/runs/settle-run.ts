import { newId, type TeamId } from '#shared/ids';
import type { StoredCitation } from '../messages/messages.repository.ts';
import { nameSession } from '../sessions/name-session.ts';
import type { RunIdentity } from './active-runs.ts';
import type { Ending } from './conclude-answer.ts';
import type { MeteredCall, MeteredUsage } from './meter-usage.ts';
import type { EventBatch } from './run-events.repository.ts';
import type { RunTransitionsRepository, UsageItem } from './run-transitions.repository.ts';

export type Settlement = {
  readonly run: RunIdentity;
  readonly isLost: boolean;
  readonly question: string;
  /** Who gave the answer's end. */
  readonly model: string;
  readonly conclusion: Ending;
  readonly metered: MeteredUsage;
  readonly content: string;
  readonly citations: readonly StoredCitation[];
  readonly error: string | null;
  readonly latencyMs: number | null;
  /** The events that are not in the database yet, the closing ones included. */
  readonly events: EventBatch;
};

/** Ends a run in the database, all at once and only once: false where it has ended already. */
export type SettleRun = (settlement: Settlement) => Promise<boolean>;

const NO_TOKENS = {
  costMicros: 0,
  promptTokens: 0,
  completionTokens: 0,
  cachedTokens: 0,
  reasoningTokens: 0,
};

export function createSettleRun(
  transitionsOf: (teamId: TeamId) => Pick<RunTransitionsRepository, 'end'>,
): SettleRun {
  return async (settlement) => {
    const { run, isLost, question, model, conclusion, metered, events } = settlement;
    const { content, citations, error, latencyMs } = settlement;
    return transitionsOf(run.teamId).end({
      runId: run.id,
      isLost,
      status: conclusion.runStatus,
      answer: {
        ...metered,
        content,
        citations,
        error,
        latencyMs,
        status: conclusion.messageStatus,
        finishReason: conclusion.finishReason,
      },
      sessionName: nameSession(question),
      usage: metered.calls.flatMap(usageOf),
      model,
      events,
    });
  };
}

/** The tokens and the call; nothing where no call was charged. */
function usageOf(call: MeteredCall): readonly UsageItem[] {
  const amount = call.promptTokens + call.completionTokens;
  if (amount === 0) return [];
  return [
    { ...call, id: newId(), metric: 'ai_tokens', amount },
    { ...call, ...NO_TOKENS, id: newId(), metric: 'ai_requests', amount: 1 },
  ];
}
