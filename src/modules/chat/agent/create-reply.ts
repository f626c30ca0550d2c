import type { AnswerSink } from './agent-run.ts';
import { createTextCleaner } from './clean-text.ts';

/** What a model says in one turn, as it is told. */
export type Reply = {
  /** False once no more text fits. */
  push(piece: string): boolean;
  flush(): void;
  /** All that was told of the answer, former turns included. */
  text(): string;
  /** What was told of this turn. */
  turn(): string;
  /** Another model goes on from here. */
  beginPart(): void;
  /** What the model that answers now has said. */
  part(): string;
};

export type ToldBefore = {
  readonly content: string;
  /** The end of the content that belongs to this turn. */
  readonly said: string;
};

const BETWEEN_TURNS = '\n\n';

export function createReply(sink: Pick<AnswerSink, 'write'>, { content, said }: ToldBefore): Reply {
  const cleaner = createTextCleaner();
  const turnStart = content.length - said.length;
  let text = content;
  let partStart = text.length;

  function write(piece: string): boolean {
    if (piece === '') return true;
    const isFirst = text.length === turnStart && text !== '';
    const told = isFirst && !text.endsWith('\n') ? `${BETWEEN_TURNS}${piece}` : piece;
    text += told;
    return sink.write(told);
  }

  return {
    push: (piece) => write(cleaner.push(piece)),
    flush: () => void write(cleaner.flush()),
    text: () => text,
    turn: () => text.slice(turnStart),
    beginPart() {
      partStart = text.length;
    },
    part: () => text.slice(partStart),
  };
}
