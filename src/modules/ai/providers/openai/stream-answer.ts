import type OpenAI from 'openai';
import type { ChatCompletionCreateParamsStreaming } from 'openai/resources/chat/completions';
import type { ChatEvent, FinishReason, TokenUsage } from '../../chat-model.ts';
import type { Deadline } from './deadline.ts';
import { cutOff, unreadable } from './endpoint-failure.ts';
import { readChunk, type AnswerPart } from './read-chunk.ts';

export type AnswerCall = {
  readonly client: OpenAI;
  readonly parameters: ChatCompletionCreateParamsStreaming;
  readonly deadline: Deadline;
  /** Time between two frames. */
  readonly silenceMs: number;
  /** Counts tokens for an endpoint that sends no usage. */
  readonly countUsage: (answer: string) => Promise<TokenUsage>;
};

type Progress = { text: string; finishReason?: FinishReason; usage?: TokenUsage };

// Some endpoints never send the usage that they were asked for, and keep the connection open.
const USAGE_GRACE_MS = 2000;

/** One attempt at an answer, token by token. It finishes only when the endpoint said that the answer is whole. */
export async function* streamAnswer(call: AnswerCall): AsyncGenerator<ChatEvent, void, void> {
  const progress: Progress = { text: '' };
  try {
    for await (const part of readParts(call, progress)) {
      if (part.usage) progress.usage = part.usage;
      if (part.finishReason) progress.finishReason = part.finishReason;
      if (part.text === '') continue;
      progress.text += part.text;
      yield { type: 'text-delta', text: part.text };
    }
  } catch (error) {
    // What breaks after the end of the answer costs no more than the usage.
    if (!progress.finishReason) throw error;
  }
  call.deadline.throwIfCancelled();
  const { text, finishReason, usage } = progress;
  // Neither a closed connection nor the client's silence about an abort is an end.
  if (!finishReason) throw text === '' ? unreadable() : cutOff();
  yield { type: 'finish', reason: finishReason, usage: usage ?? (await call.countUsage(text)) };
}

async function* readParts(
  { client, parameters, deadline, silenceMs }: AnswerCall,
  progress: Readonly<Progress>,
): AsyncGenerator<AnswerPart, void, void> {
  const stream = await deadline.guard(deadline.leftMs(), () =>
    client.chat.completions.create(parameters, { signal: deadline.signal }),
  );
  const frames: AsyncIterator<unknown> = stream[Symbol.asyncIterator]();
  let limitMs = deadline.leftMs();
  try {
    for (;;) {
      const frame = await deadline.guard(limitMs, () => frames.next());
      if (frame.done) return;
      yield readChunk(frame.value);
      limitMs = progress.finishReason ? USAGE_GRACE_MS : silenceMs;
    }
  } finally {
    await frames.return?.();
  }
}
