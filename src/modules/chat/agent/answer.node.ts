import type { ChatRequest, ChatTurn, TokenUsage, ToolCall } from '#modules/ai';
import { AppError } from '#platform/errors/app-error';
import type { AgentRun, AnswerOutcome, ConversationWindow } from './agent-run.ts';
import type { RetrievedPassage } from './retrieved-passage.ts';
import type { NextNode } from './agent-state.ts';
import { createToolCallCollector, type ToolCallCollector } from './collect-tool-calls.ts';
import { createReply, type Reply } from './create-reply.ts';
import { fitSteps } from './fit-steps.ts';
import { groundRequest } from './ground-request.ts';
import type { Step } from './tool-step.ts';

export type AnswerInput = {
  readonly window: ConversationWindow;
  readonly passages: readonly RetrievedPassage[];
  readonly steps: readonly Step[];
  readonly content: string;
  readonly said: string;
};

export type AnswerPatch = Pick<AnswerInput, 'steps' | 'content' | 'said'> & {
  readonly next: NextNode;
};

/** A turn that is whole, and calls tools. */
type Calling = {
  readonly status: 'calling';
  readonly calls: readonly ToolCall[];
  readonly usage: TokenUsage;
};

/** What the results of one run's tools may take of a model's context. */
const MAX_STEP_TOKENS = 24_000;
/** More calls than that in one turn are no plan. */
const MAX_CALLS_PER_TURN = 32;
const NO_USAGE: TokenUsage = { promptTokens: 0, completionTokens: 0, isEstimated: true };

/**
 * Has the model take one turn, and streams what it says into the run's sink. A failure is one of the ways it ends, and is
 * reported there.
 */
export async function answer(input: AnswerInput, run: AgentRun): Promise<AnswerPatch> {
  const { steps } = input;
  const request = buildRequest(input, run);
  const reply = createReply(run.sink, input);
  run.sink.ask(countPromptTokens(request, run));
  const ended = await takeTurn({ request, reply, steps }, run);
  const [content, said] = [reply.text(), reply.turn()];
  if (ended.status !== 'calling') {
    run.sink.end(ended);
    return { steps, content, said, next: 'remember' };
  }
  const { calls, usage } = ended;
  const finishReason = limitReached(ended, { steps }, run);
  if (finishReason) {
    run.sink.end({ status: 'complete', finishReason, usage });
    return { steps, content, said, next: 'remember' };
  }
  const asked = calls.map((call) => ({
    ...call,
    needsApproval: run.tools.needsApproval(call.name),
  }));
  await run.sink.callTools({ said, calls: asked, usage });
  const begun = asked.map((call) => ({ ...call, isAsked: false, isStarted: false }));
  return { steps: [...steps, { said, calls: begun }], content, said: '', next: 'call-tools' };
}

function buildRequest({ window, passages, steps, said }: AnswerInput, run: AgentRun): ChatRequest {
  const { countTokens, tools } = run;
  const hasTools = tools.tools.length > 0;
  const turns = [
    ...(hasTools ? window : withoutTools(window)),
    { role: 'user', content: run.question } as const,
  ];
  // What stands between two turns is ours, and no model repeats it.
  const begun = said.trimStart();
  const asked = { ...run.failover, ...(begun !== '' && { said: begun }), turns, passages: [] };
  const request = groundRequest(asked, { ...run, passages });
  const done = fitSteps(steps, { maxTokens: MAX_STEP_TOKENS, countTokens });
  const offered = tools.tools.map(({ name, description, parameters }) => {
    return { name, description, parameters };
  });
  return {
    ...request,
    turns: [...request.turns, ...done],
    ...(hasTools && { tools: offered }),
  };
}

/** Some endpoints refuse what is about tools where none are offered. */
function withoutTools(window: ConversationWindow): readonly ChatTurn[] {
  return window.flatMap(({ toolCalls, ...turn }) =>
    turn.role === 'tool' || (toolCalls && turn.content === '') ? [] : [turn],
  );
}

type Turn = {
  readonly request: ChatRequest;
  readonly reply: Reply;
  readonly steps: readonly Step[];
};

async function takeTurn(
  { request, reply, steps }: Turn,
  run: AgentRun,
): Promise<AnswerOutcome | Calling> {
  const knownIds = new Set(steps.flatMap(({ calls }) => calls.map(({ id }) => id)));
  const collector = createToolCallCollector(knownIds);
  const estimate = () => estimateUsage(request, reply.part() + collector.text(), run);
  let ended: AnswerOutcome | Calling | undefined;
  try {
    for await (const event of run.model.stream(request, run.signal)) {
      if (event.type === 'finish') {
        ended = endOf(event, collector);
      } else if (event.type === 'model-chosen') {
        reply.beginPart();
        run.sink.choose(event);
      } else if (event.type === 'text-delta' ? !reply.push(event.text) : !collector.take(event)) {
        return { status: 'complete', finishReason: 'length', usage: estimate() };
      }
    }
    reply.flush();
  } catch (error) {
    if (!run.signal.aborted) ended = { status: 'incomplete', error, usage: producedBy(estimate()) };
  }
  if (ended) return ended;
  if (run.signal.aborted) return { status: 'aborted', usage: estimate() };
  return { status: 'incomplete', error: cutShort(), usage: producedBy(estimate()) };
}

/** Calls that were cut off, or filtered, are not made. */
function endOf(
  {
    reason,
    usage,
  }: {
    readonly reason: 'stop' | 'length' | 'content_filter' | 'tool_calls';
    readonly usage: TokenUsage;
  },
  collector: ToolCallCollector,
): AnswerOutcome | Calling {
  const calls = reason === 'length' || reason === 'content_filter' ? [] : collector.calls();
  if (calls.length > 0) return { status: 'calling', calls, usage };
  return { status: 'complete', finishReason: reason, usage };
}

function limitReached(
  { calls, usage }: Calling,
  { steps }: Pick<Turn, 'steps'>,
  { maxSteps, sink }: AgentRun,
): 'max_steps' | 'budget' | undefined {
  if (steps.length + 1 >= maxSteps || calls.length > MAX_CALLS_PER_TURN) return 'max_steps';
  return sink.isOverBudget(usage) ? 'budget' : undefined;
}

function estimateUsage(request: ChatRequest, written: string, run: AgentRun): TokenUsage {
  const promptTokens = countPromptTokens(request, run);
  return { promptTokens, completionTokens: run.countTokens(written), isEstimated: true };
}

/** A call that failed before its first token is not charged. */
function producedBy(usage: TokenUsage): TokenUsage {
  return usage.completionTokens === 0 ? NO_USAGE : usage;
}

function countPromptTokens({ turns }: ChatRequest, { countTokens }: AgentRun): number {
  return turns.reduce((sum, turn) => sum + countTokens(turn.content), 0);
}

function cutShort(): AppError {
  return new AppError('external', 'The model stopped before its answer was whole', {
    reason: 'upstream_error',
    retryable: true,
  });
}
