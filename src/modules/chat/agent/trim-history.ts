import type { ChatTurn } from '#modules/ai';

export type TrimHistoryOptions = {
  readonly turns: readonly ChatTurn[];
  readonly maxTokens: number;
  readonly countTokens: (text: string) => number;
};

type Unit = readonly ChatTurn[];

/** What every endpoint adds around a turn: its role and its separators. */
const TURN_OVERHEAD_TOKENS = 4;

/**
 * Drops the oldest turns until the rest fits. The system turns and the newest turn always stay, and a
 * tool call stays or goes together with all its results.
 */
export function trimHistory({
  turns,
  maxTokens,
  countTokens,
}: TrimHistoryOptions): readonly ChatTurn[] {
  const system = turns.filter((turn) => turn.role === 'system');
  const units = groupTurns(turns.filter((turn) => turn.role !== 'system'));
  const sizeOf = (unit: Unit) => unit.reduce((sum, turn) => sum + turnTokens(turn, countTokens), 0);

  let leftTokens = maxTokens - sizeOf(system);
  let first = units.length;
  while (first > 0) {
    leftTokens -= sizeOf(units[first - 1] ?? []);
    const isNewest = first === units.length;
    if (leftTokens < 0 && !isNewest) break;
    first -= 1;
  }
  return [...system, ...fromFirstQuestion(units.slice(first)).flat()];
}

/** Some endpoints refuse a conversation that begins with an answer. */
function fromFirstQuestion(units: readonly Unit[]): readonly Unit[] {
  const index = units.findIndex((unit) => unit[0]?.role === 'user');
  return index < 0 ? units.slice(-1) : units.slice(index);
}

/** One unit a turn, or a tool call with its results; a call or result without its other half is left out. */
function groupTurns(turns: readonly ChatTurn[]): readonly Unit[] {
  const units: Unit[] = [];
  for (let index = 0; index < turns.length; index += 1) {
    const turn = turns[index];
    if (!turn || turn.role === 'tool') continue;
    if (!turn.toolCalls?.length) {
      units.push([turn]);
      continue;
    }
    const results = resultsAfter(turns, index);
    if (isAnswered(turn, results)) units.push([turn, ...results]);
    index += results.length;
  }
  return units;
}

function resultsAfter(turns: readonly ChatTurn[], callIndex: number): readonly ChatTurn[] {
  const rest = turns.slice(callIndex + 1);
  const end = rest.findIndex((turn) => turn.role !== 'tool');
  return end < 0 ? rest : rest.slice(0, end);
}

function isAnswered(call: ChatTurn, results: readonly ChatTurn[]): boolean {
  const calls = call.toolCalls ?? [];
  const answered = new Set(results.map((result) => result.toolCallId));
  return results.length === calls.length && calls.every(({ id }) => answered.has(id));
}

function turnTokens(turn: ChatTurn, countTokens: (text: string) => number): number {
  const calls = turn.toolCalls ?? [];
  const callTokens = calls.reduce(
    (sum, call) => sum + countTokens(call.name) + countTokens(call.arguments),
    0,
  );
  return TURN_OVERHEAD_TOKENS + countTokens(turn.content) + callTokens;
}
