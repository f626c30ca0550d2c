import type { ChatEvent, FinishReason, TokenUsage } from '../chat-model.ts';
import { writtenBy } from '../tokens/written-by.ts';
import type { AnswerPart } from './answer-part.ts';
import type { Deadline } from './deadline.ts';
import { cutOff, unreadable } from './endpoint-failure.ts';

export type AnswerCall = {
  /** Resolves with the pieces once the endpoint has answered. */
  readonly open: (signal: AbortSignal) => Promise<AsyncIterable<AnswerPart>>;
  readonly deadline: Deadline;
  /** Time between two pieces. */
  readonly silenceMs: number;
  readonly describeFailure: (error: unknown, progress: { readonly hasBegun: boolean }) => unknown;
  /** Counts tokens for an endpoint that sends no usage. */
  readonly countUsage: (written: string) => Promise<TokenUsage>;
};

type Progress = {
  /** Whether the reader has got anything. */
  hasBegun: boolean;
  written: string;
  hasCalledTools: boolean;
  finishReason?: FinishReason;
  usage?: TokenUsage;
};

// Some endpoints never send the usage that they were asked for, and keep the connection open.
const USAGE_GRACE_MS = 2000;

/** One attempt at an answer, piece by piece. It finishes only when the endpoint said that the answer is whole. */
export async function* streamAnswer(call: AnswerCall): AsyncGenerator<ChatEvent, void, void> {
  const { deadline } = call;
  const progress: Progress = { hasBegun: false, written: '', hasCalledTools: false };
  const leaving = new AbortController();
  let parts: AsyncIterator<AnswerPart> | undefined;
  let isRead = false;
  try {
    const signal = deadline.signalWith(leaving.signal);
    const opened = await deadline.guard(deadline.leftMs(), () => call.open(signal));
    const reader = opened[Symbol.asyncIterator]();
    parts = reader;
    let limitMs = deadline.leftMs();
    for (;;) {
      deadline.startWait(limitMs);
      const next = await reader.next();
      deadline.endWait();
      // A client goes on with what it has read already.
      deadline.throwIfCancelled();
      if (next.done) {
        isRead = true;
        break;
      }
      for (const event of take(next.value, progress)) yield event;
      limitMs = progress.finishReason ? USAGE_GRACE_MS : call.silenceMs;
    }
  } catch (error) {
    // What breaks after the end of the answer costs no more than the usage.
    if (!progress.finishReason) throw call.describeFailure(error, progress);
  } finally {
    deadline.endWait();
    await parts?.return?.();
    // Not every client closes its connection when its pieces are left.
    if (!isRead) leaving.abort();
  }
  if (progress.finishReason) deadline.throwIfCancelled();
  // Some clients end their pieces where they are aborted, as if the answer were over.
  else deadline.throwIfOver();
  yield await finishOf(progress, call);
}

function take(part: AnswerPart, progress: Progress): readonly ChatEvent[] {
  if (part.toolCalls?.length) progress.hasCalledTools = true;
  if (part.usage) progress.usage = part.usage;
  if (part.finishReason) progress.finishReason = part.finishReason;
  const events = eventsOf(part);
  for (const event of events) progress.written += writtenBy(event);
  progress.hasBegun ||= events.length > 0;
  return events;
}

function eventsOf({ text, toolCalls = [] }: AnswerPart): readonly ChatEvent[] {
  const calls = toolCalls.map((piece) => ({ type: 'tool-call-delta' as const, ...piece }));
  return text ? [{ type: 'text-delta', text }, ...calls] : calls;
}

async function finishOf(progress: Progress, { countUsage }: AnswerCall): Promise<ChatEvent> {
  const { written, finishReason, usage, hasCalledTools } = progress;
  // Neither a closed connection nor the client's silence about an abort is an end.
  if (!finishReason) throw written === '' ? unreadable() : cutOff();
  return {
    type: 'finish',
    // Some say `stop` where a tool was called, OpenAI itself where that tool was asked for by name.
    reason: hasCalledTools && finishReason === 'stop' ? 'tool_calls' : finishReason,
    // Endpoints that do not count say zero; no prompt has so little.
    usage: usage?.promptTokens ? usage : await countUsage(written),
  };
}
