import type { Step } from '../agent/tool-step.ts';
import type { StoredToolCall } from './messages.repository.ts';

/** What a message keeps of each argument and result: its run's events have them whole for a while. */
const MAX_CHARACTERS = 2000;

/** What the tools of an answer did, as its message keeps it. */
export function summariseTools(steps: readonly Step[]): readonly StoredToolCall[] {
  return steps.flatMap(({ calls }) =>
    calls.map(({ id, name, arguments: input, result }) => ({
      id,
      name: cut(name),
      arguments: cut(input),
      content: result ? cut(result.text) : null,
      is_error: result?.isError ?? false,
    })),
  );
}

function cut(text: string): string {
  return text.length <= MAX_CHARACTERS ? text : `${text.slice(0, MAX_CHARACTERS).toWellFormed()}…`;
}
