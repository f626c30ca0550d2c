import type { CallingTurn } from '../agent/agent-run.ts';
import { withCall, type Step, type StepCall, type ToolResult } from '../agent/tool-step.ts';
import type { ActiveRun } from './active-runs.ts';
import type { BilledUse } from './billed-use.ts';
import { approvalRequiredEvent, stepEvent, toolCallEvent, toolResultEvent } from './tool-events.ts';

type BegunStep = Pick<CallingTurn, 'said' | 'calls'> & { readonly uses: readonly BilledUse[] };

/** Keeps the steps of a run, and tells each move of theirs. */
export function createStepRecorder(log: ActiveRun['log'], former: readonly Step[]) {
  const steps: Step[] = [...former];

  function change(callId: string, made: Partial<StepCall>): void {
    const step = steps.pop();
    if (step) steps.push(withCall(step, callId, made));
  }

  return {
    steps: (): readonly Step[] => [...steps],
    begin({ said, calls: asked, uses }: BegunStep): void {
      const calls = asked.map((call) => ({ ...call, isAsked: false, isStarted: false }));
      steps.push({ said, calls });
      log.append(stepEvent(uses));
      for (const call of calls) log.append(toolCallEvent(call));
    },
    start(callId: string): void {
      change(callId, { isStarted: true });
      log.append({ type: 'tool_start', tool_call_id: callId });
    },
    end(call: Pick<StepCall, 'id' | 'name'>, result: ToolResult): void {
      change(call.id, { result });
      log.append(toolResultEvent(call, result));
    },
    ask(call: StepCall): void {
      change(call.id, { isAsked: true });
      log.append(approvalRequiredEvent(call));
    },
  };
}
