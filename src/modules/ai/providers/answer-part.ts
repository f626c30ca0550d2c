import type { FinishReason, TokenUsage } from '../chat-model.ts';

/** What a piece of an answer says; most say one thing. */
export type AnswerPart = {
  readonly text?: string | undefined;
  readonly toolCalls?: readonly ToolCallPiece[];
  readonly finishReason?: FinishReason | undefined;
  /** The last one counts. */
  readonly usage?: TokenUsage | undefined;
};

export type ToolCallPiece = {
  /** Counts the calls of the answer from zero. */
  readonly index: number;
  /** On the first piece of a call. */
  readonly id?: string;
  readonly name?: string;
  readonly arguments: string;
};

/** Reads the frames of one answer in their order. @throws external `upstream_error` for what is none */
export type ReadFrame = (frame: unknown) => AnswerPart;

export async function* readEach(
  frames: AsyncIterable<unknown>,
  read: ReadFrame,
): AsyncGenerator<AnswerPart, void, void> {
  for await (const frame of frames) yield read(frame);
}
