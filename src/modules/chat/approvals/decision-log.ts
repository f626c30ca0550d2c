import type { Actor } from '#shared/actor';
import type { RunId } from '#shared/ids';
import type { StepCall } from '../agent/tool-step.ts';

/** Keeps who let a tool run, or did not. */
export type DecisionLog = {
  note(
    actor: Actor,
    decided: {
      readonly runId: RunId;
      readonly call: Pick<StepCall, 'id' | 'name' | 'decision'>;
    },
  ): Promise<void>;
};

/** Where acts are kept; who acted is the keeper's to describe. */
export type EventLog = {
  insert(
    actor: Actor,
    event: {
      readonly action: `${string}.${string}`;
      readonly target: { readonly type: string; readonly id: string };
      readonly after?: Readonly<Record<string, unknown>>;
    },
  ): Promise<void>;
};

const MAX_NAME_LENGTH = 128;

export function createDecisionLog(eventLog: EventLog): DecisionLog {
  return {
    note: (actor, { runId, call }) =>
      eventLog.insert(actor, {
        action: call.decision?.isApproved ? 'tool.approved' : 'tool.rejected',
        target: { type: 'tool', id: call.name.slice(0, MAX_NAME_LENGTH) },
        after: { run_id: runId, tool_call_id: call.id },
      }),
  };
}
