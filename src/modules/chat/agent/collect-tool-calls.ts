import type { ChatEvent, ToolCall } from '#modules/ai';
import { newId } from '#shared/ids';
import { createTextCleaner } from './clean-text.ts';

type ToolCallPiece = Extract<ChatEvent, { readonly type: 'tool-call-delta' }>;

export type ToolCallCollector = {
  /** False once the calls are longer than any that is meant. */
  take(piece: ToolCallPiece): boolean;
  /** In the order of their numbers, each under an id that the run does not have yet. */
  calls(): readonly ToolCall[];
  /** As they were written, for their bill. */
  text(): string;
};

const MAX_CHARACTERS = 200_000;
const MAX_INDEX = 1000;
/** Some endpoints take no other ids back. */
const USABLE_ID = /^[\w-]{1,64}$/;

/** Puts the calls of one turn together. */
export function createToolCallCollector(knownIds: ReadonlySet<string>): ToolCallCollector {
  const calls = new Map<number, { id: string; name: string; arguments: string }>();
  let length = 0;

  return {
    take({ index, id = '', name = '', arguments: input }) {
      length += name.length + input.length;
      if (length > MAX_CHARACTERS || index > MAX_INDEX) return false;
      const call = calls.get(index) ?? { id: '', name: '', arguments: '' };
      calls.set(index, {
        id: call.id || id,
        name: call.name || name,
        arguments: call.arguments + input,
      });
      return true;
    },
    calls() {
      const taken = new Set(knownIds);
      return [...calls.entries()]
        .toSorted(([first], [second]) => first - second)
        .map(([, call]) => {
          const id = USABLE_ID.test(call.id) && !taken.has(call.id) ? call.id : newId<string>();
          taken.add(id);
          return { id, name: cleaned(call.name), arguments: cleaned(call.arguments) };
        });
    },
    text: () => [...calls.values()].map((call) => call.name + call.arguments).join(''),
  };
}

function cleaned(text: string): string {
  const cleaner = createTextCleaner();
  return cleaner.push(text) + cleaner.flush();
}
