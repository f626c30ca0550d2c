import type { AgentRun, ToolAnswer } from './agent-run.ts';
import type { NextNode } from './agent-state.ts';
import { createTextCleaner } from './clean-text.ts';
import { renderSources } from './render-sources.ts';
import { withCall, type Step, type StepCall, type ToolResult } from './tool-step.ts';

const AT_ONCE = 4;
const NO_USAGE = { promptTokens: 0, completionTokens: 0, isEstimated: true } as const;
const UNKNOWN_OUTCOME =
  'The process that called this tool ended before its result was known. It may have had its effect or not; ' +
  'it was not called again.';
const NEEDS_APPROVAL =
  'This tool is called only when a human has approved it, and an answer in one piece waits for nobody.';

/** Runs the calls of the newest turn that have no result; those that a human is to decide on wait. */
export async function callTools(
  { steps }: { readonly steps: readonly Step[] },
  run: AgentRun,
): Promise<{ readonly steps: readonly Step[]; readonly next: NextNode }> {
  const step = steps.at(-1);
  if (!step) return { steps, next: 'answer' };
  const open = step.calls.filter(({ result }) => !result);
  const undecided = open.filter((call) => run.canWait && isUndecided(call, run));
  const due = open.filter((call) => !undecided.includes(call));
  const done = await runCalls(step, due, run);
  for (const call of undecided) if (!call.isAsked) run.sink.askApproval(call);
  await run.sink.stored();
  const former = steps.slice(0, -1);
  if (undecided.length === 0) return { steps: [...former, done], next: 'answer' };
  run.sink.end({ status: 'waiting', usage: NO_USAGE });
  return { steps: [...former, done], next: 'stop' };
}

/** What only reads runs together; what may have an effect runs alone, in the model's order. */
async function runCalls(step: Step, due: readonly StepCall[], run: AgentRun): Promise<Step> {
  const results = new Map<string, ToolResult>();
  const finish = async (call: StepCall) => void results.set(call.id, await runCall(call, run));
  const repeatable = due.filter(({ name }) => run.tools.isRepeatable(name));
  for (let next = 0; next < repeatable.length; next += AT_ONCE) {
    await Promise.all(repeatable.slice(next, next + AT_ONCE).map(finish));
  }
  for (const call of due) if (!repeatable.includes(call)) await finish(call);
  let done = step;
  for (const [id, result] of results) done = withCall(done, id, { result });
  return done;
}

async function runCall(call: StepCall, run: AgentRun): Promise<ToolResult> {
  const result = toResult(await answerCall(call, run), run);
  run.sink.endTool(call, result);
  return result;
}

async function answerCall(call: StepCall, run: AgentRun): Promise<ToolAnswer> {
  const { tools, sink, signal, canWait } = run;
  const { decision } = call;
  if (decision && !decision.isApproved) return failed(rejection(decision.comment));
  if (!canWait && isUndecided(call, run)) {
    return tools.refuse(call, { reason: 'tool.needs_approval', message: NEEDS_APPROVAL });
  }
  if (!tools.isRepeatable(call.name)) {
    if (call.isStarted) return failed(UNKNOWN_OUTCOME);
    await sink.startTool(call.id);
  }
  signal.throwIfAborted();
  return tools.call(call, signal);
}

/** What it takes to run may have become stricter since the call was made. */
function isUndecided(call: StepCall, { tools }: AgentRun): boolean {
  return !call.decision && (call.needsApproval || tools.needsApproval(call.name));
}

function rejection(comment: string | undefined): string {
  const said = comment ? ` and said: ${comment}` : '';
  return `A human rejected this call${said}. It was not made.`;
}

function failed(text: string): ToolAnswer {
  return { text, isError: true };
}

function toResult({ text, isError, passages = [] }: ToolAnswer, { sink }: AgentRun): ToolResult {
  const cleaner = createTextCleaner();
  if (passages.length > 0) {
    const firstNumber = sink.numberPassages(passages);
    return { text: renderSources(passages, { firstNumber }), isError, passages };
  }
  return { text: cleaner.push(text) + cleaner.flush(), isError, passages };
}
