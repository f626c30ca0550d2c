import type { ChatTurn } from '../chat-model.ts';

export type TurnFault = {
  readonly path: readonly (string | number)[];
  readonly message: string;
};

/** What makes a conversation one that no provider would take. */
export function findTurnFaults(turns: readonly ChatTurn[]): readonly TurnFault[] {
  return [
    ...turns.flatMap((turn, index) => findMisplaced(turn).map((fault) => within(index, fault))),
    ...findUnpaired(turns),
  ];
}

function findMisplaced({ role, content, images, toolCalls, toolCallId }: ChatTurn) {
  const faults: TurnFault[] = [];
  const report = (field: string, message: string) => faults.push({ path: [field], message });
  if (images && role !== 'user') report('images', 'Only a user message has images');
  if (toolCalls && role !== 'assistant') {
    report('tool_calls', 'Only an assistant message has tool calls');
  }
  if (toolCallId && role !== 'tool') report('tool_call_id', 'Only a tool message answers a call');
  if (!toolCallId && role === 'tool') report('tool_call_id', 'Must name the call it answers');
  const mayBeEmpty = role === 'tool' || toolCalls || images;
  if (content === '' && !mayBeEmpty) report('content', 'Must not be empty');
  return faults;
}

/** Each call is answered once, in the messages right after it, and nothing else is. */
function findUnpaired(turns: readonly ChatTurn[]): readonly TurnFault[] {
  const faults: TurnFault[] = [];
  const report = (index: number, field: string, message: string) =>
    faults.push({ path: [index, field], message });
  let open = new Map<string, number>();
  const closeAll = (calls: ReadonlyMap<string, number>) => {
    for (const [id, index] of calls) {
      report(
        index,
        'tool_calls',
        `The call "${id}" is not answered by the messages right after it`,
      );
    }
  };
  for (const [index, { role, toolCalls = [], toolCallId = '' }] of turns.entries()) {
    if (role === 'tool') {
      if (toolCallId === '' || open.delete(toolCallId)) continue;
      report(index, 'tool_call_id', `There is no open call "${toolCallId}" right before it`);
      continue;
    }
    closeAll(open);
    open = new Map(toolCalls.map(({ id }) => [id, index]));
    if (open.size < toolCalls.length) report(index, 'tool_calls', 'Each call needs its own id');
  }
  closeAll(open);
  return faults;
}

/** A conversation that waits for no answer. */
export function findEndFault(turns: readonly ChatTurn[]): readonly TurnFault[] {
  const role = turns.at(-1)?.role;
  if (role === undefined || role === 'user' || role === 'tool') return [];
  return [{ path: [turns.length - 1, 'role'], message: 'The last message must ask: user or tool' }];
}

function within(index: number, { path, message }: TurnFault): TurnFault {
  return { path: [index, ...path], message };
}
