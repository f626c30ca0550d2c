import type { ChatEvent, FinishReason, TokenUsage } from '../chat-model.ts';
import { writtenBy } from '../tokens/written-by.ts';
import type { AnswerPart, ReadFrame } from './answer-part.ts';
import type { Deadline } from './deadline.ts';
import { cutOff, unreadable } from './endpoint-failure.ts';

export type AnswerCall = {
  /** Resolves with the frames once the endpoint has answered. */
  readonly open: (signal: AbortSignal) => Promise<AsyncIterable<unknown>>;
  readonly readFrame: ReadFrame;
  readonly deadline: Deadline;
  /** Time between two frames. */
  readonly silenceMs: number;
  /** Counts tokens for an endpoint that sends no usage. */
  readonly countUsage: (written: string) => Promise<TokenUsage>;
};

type Progress = {
  written: string;
  hasCalledTools: boolean;
  finishReason?: FinishReason;
  usage?: TokenUsage;
};

// Some endpoints never send the usage that they were asked for, and keep the connection open.
const USAGE_GRACE_MS = 2000;

/** One attempt at an answer, piece by piece. It finishes only when the endpoint said that the answer is whole. */
export async function* streamAnswer(call: AnswerCall): AsyncGenerator<ChatEvent, void, void> {
  const progress: Progress = { written: '', hasCalledTools: false };
  try {
    for await (const part of readParts(call, progress)) {
      for (const event of eventsOf(part)) {
        progress.written += writtenBy(event);
        yield event;
      }
    }
  } catch (error) {
    // What breaks after the end of the answer costs no more than the usage.
    if (!progress.finishReason) throw error;
  }
  call.deadline.throwIfCancelled();
  yield await finishOf(progress, call);
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

async function* readParts(
  { open, readFrame, deadline, silenceMs }: AnswerCall,
  progress: Progress,
): AsyncGenerator<AnswerPart, void, void> {
  // Not every client closes its connection when its frames are left.
  const leaving = new AbortController();
  const signal = AbortSignal.any([deadline.signal, leaving.signal]);
  const stream = await deadline.guard(deadline.leftMs(), () => open(signal));
  const frames = stream[Symbol.asyncIterator]();
  let limitMs = deadline.leftMs();
  try {
    for (;;) {
      const frame = await deadline.guard(limitMs, () => frames.next());
      // A client goes on with what it has read already.
      deadline.throwIfCancelled();
      if (frame.done) return;
      const part = readFrame(frame.value);
      if (part.toolCalls?.length) progress.hasCalledTools = true;
      if (part.usage) progress.usage = part.usage;
      if (part.finishReason) progress.finishReason = part.finishReason;
      yield part;
      limitMs = progress.finishReason ? USAGE_GRACE_MS : silenceMs;
    }
  } finally {
    await frames.return?.();
    leaving.abort();
  }
}
