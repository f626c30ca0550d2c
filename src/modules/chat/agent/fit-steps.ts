import type { ChatTurn } from '#modules/ai';
import { turnsOf, type Step } from './tool-step.ts';

export type FitStepsOptions = {
  readonly maxTokens: number;
  readonly countTokens: (text: string) => number;
};

const LEFT_OUT = '[This result was left out to make room; call the tool again where it is needed.]';

/** The turns of all steps. Where they are too long, the oldest results go first; the newest step stays whole. */
export function fitSteps(
  steps: readonly Step[],
  { maxTokens, countTokens }: FitStepsOptions,
): readonly ChatTurn[] {
  const sizeOf = (turns: readonly ChatTurn[]) =>
    turns.reduce((sum, turn) => sum + countTokens(turn.content), 0);
  const groups = steps.map(turnsOf);
  let leftTokens = maxTokens;
  const fitted: (readonly ChatTurn[])[] = [];
  for (const [index, turns] of [...groups.entries()].toReversed()) {
    const isNewest = index === groups.length - 1;
    const kept = isNewest || sizeOf(turns) <= leftTokens ? turns : turns.map(withoutResult);
    leftTokens -= sizeOf(kept);
    fitted.unshift(kept);
  }
  return fitted.flat();
}

function withoutResult(turn: ChatTurn): ChatTurn {
  return turn.role === 'tool' ? { ...turn, content: LEFT_OUT } : turn;
}
