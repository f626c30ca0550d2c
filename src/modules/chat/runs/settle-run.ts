import { newId, type TeamId } from '#shared/ids';
import type { Step } from '../agent/tool-step.ts';
import type { StoredCitation } from '../messages/messages.repository.ts';
import { summariseTools } from '../messages/summarise-tools.ts';
import { nameSession } from '../sessions/name-session.ts';
import type { RunIdentity } from './active-runs.ts';
import type { RunHold } from './run-hold.ts';
import type { Ending } from './conclude-answer.ts';
import type { MeteredCall, MeteredUsage } from './meter-usage.ts';
import type {
  EndedRun,
  RunTransitionsRepository,
  UsageItem,
} from './run-transitions.repository.ts';

export type Settlement = {
  readonly run: RunIdentity & RunHold;
  readonly question: string;
  /** Who gave the answer's end. */
  readonly model: string;
  readonly conclusion: Ending;
  readonly metered: MeteredUsage;
  readonly content: string;
  readonly citations: readonly StoredCitation[];
  readonly steps: readonly Step[];
  readonly error: string | null;
  readonly latencyMs: number | null;
  /** All that was told, as JSON texts, the closing events included. */
  readonly events: readonly string[];
};

/** Ends a run in the database, all at once and only once: undefined where it has ended, or is another process's. */
export type SettleRun = (settlement: Settlement) => Promise<EndedRun | undefined>;

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
    const { run, question, model, conclusion, metered, events } = settlement;
    const { content, citations, steps, error, latencyMs } = settlement;
    return transitionsOf(run.teamId).end({
      runId: run.id,
      attempts: run.attempts,
      status: conclusion.runStatus,
      answer: {
        ...metered,
        content,
        citations,
        toolCalls: summariseTools(steps),
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
export function usageOf(call: MeteredCall): readonly UsageItem[] {
  const amount = call.promptTokens + call.completionTokens;
  if (amount === 0) return [];
  return [
    { ...call, useId: call.id, metric: 'ai_tokens', amount },
    { ...call, ...NO_TOKENS, useId: call.id, id: newId(), metric: 'ai_requests', amount: 1 },
  ];
}
