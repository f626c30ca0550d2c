import type { ChatRequest, TokenUsage } from '#modules/ai';
import { AppError } from '#platform/errors/app-error';
import type {
  AgentRun,
  AnswerOutcome,
  AnswerSink,
  ConversationWindow,
  RetrievedPassage,
} from './agent-run.ts';
import { createTextCleaner } from './clean-text.ts';
import { groundRequest } from './ground-request.ts';

export type AnswerInput = {
  readonly window: ConversationWindow;
  readonly passages: readonly RetrievedPassage[];
};

type Reply = {
  /** False once no more text fits. */
  push(piece: string): boolean;
  flush(): void;
  text(): string;
  /** Another model goes on from here. */
  beginPart(): void;
  /** What the model that answers now has said. */
  part(): string;
};

/** Streams the model's answer into the run's sink. A failure is one of the ways it ends, and is reported there. */
export async function answer(input: AnswerInput, run: AgentRun): Promise<{ reply: string }> {
  const turns = [...input.window, { role: 'user', content: run.question } as const];
  const asked = { ...run.failover, turns, passages: [] };
  const request = groundRequest(asked, { ...run, ...input });
  const reply = createReply(run.sink);
  run.sink.begin(input.passages);
  run.sink.end(await streamReply(request, reply, run));
  return { reply: reply.text() };
}

async function streamReply(
  request: ChatRequest,
  reply: Reply,
  run: AgentRun,
): Promise<AnswerOutcome> {
  const estimate = () => estimateUsage(request, reply.part(), run);
  let outcome: AnswerOutcome | undefined;
  try {
    for await (const event of run.model.stream(request, run.signal)) {
      if (event.type === 'finish') {
        outcome = { status: 'complete', finishReason: event.reason, usage: event.usage };
      } else if (event.type === 'model-chosen') {
        reply.beginPart();
        run.sink.choose(event);
      } else if (event.type === 'text-delta' && !reply.push(event.text)) {
        return { status: 'complete', finishReason: 'length', usage: estimate() };
      }
    }
    reply.flush();
  } catch (error) {
    if (!run.signal.aborted) outcome = { status: 'incomplete', error, usage: estimate() };
  }
  if (outcome) return outcome;
  if (run.signal.aborted) return { status: 'aborted', usage: estimate() };
  return { status: 'incomplete', error: cutShort(), usage: estimate() };
}

function createReply(sink: AnswerSink): Reply {
  const cleaner = createTextCleaner();
  let text = '';
  let partStart = 0;
  const write = (piece: string): boolean => {
    if (piece === '') return true;
    text += piece;
    return sink.write(piece);
  };
  return {
    push: (piece) => write(cleaner.push(piece)),
    flush: () => void write(cleaner.flush()),
    text: () => text,
    beginPart() {
      partStart = text.length;
    },
    part: () => text.slice(partStart),
  };
}

function estimateUsage(request: ChatRequest, reply: string, { countTokens }: AgentRun): TokenUsage {
  const promptTokens = request.turns.reduce((sum, turn) => sum + countTokens(turn.content), 0);
  return { promptTokens, completionTokens: countTokens(reply), isEstimated: true };
}

function cutShort(): AppError {
  return new AppError('external', 'The model stopped before its answer was whole', {
    reason: 'upstream_error',
    retryable: true,
  });
}
