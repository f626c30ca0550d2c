import { newestOf, type ChatMessage } from './thread-messages.service.ts';
import type { InterruptView } from './present-interrupts.ts';
import { presentMessages, presentToolCalls, type MessageView } from './present-message.ts';
import type { PendingRun } from './pending-approvals.service.ts';

/** The one node that a thread's graph shows: who answers. */
export const ANSWERING_NODE = 'agent';
/** The one that shows while a human is waited for. */
export const TOOLS_NODE = 'tools';

export type CheckpointView = {
  readonly thread_id: string;
  readonly checkpoint_ns: string;
  readonly checkpoint_id: string | null;
  readonly checkpoint_map: Record<string, unknown> | null;
};

export type ValuesView = {
  readonly messages: MessageView[];
  readonly __interrupt__?: InterruptView[];
};

export type TaskView = {
  readonly id: string;
  readonly name: string;
  readonly error: string | null;
  readonly interrupts: InterruptView[];
  readonly checkpoint: null;
  readonly state: null;
  readonly result: null;
};

export type StateView = {
  readonly values: ValuesView;
  readonly next: string[];
  readonly tasks: TaskView[];
  readonly interrupts: InterruptView[];
  readonly checkpoint: CheckpointView;
  readonly parent_checkpoint: CheckpointView | null;
  readonly metadata: Record<string, unknown>;
  readonly created_at: string | null;
};

/** Together, the states of one answer tell no more messages than this. */
const MAX_TOLD = 10_000;

export function presentValues(messages: readonly ChatMessage[]): ValuesView {
  return { messages: newestOf(messages).flatMap((message) => presentMessages(message)) };
}

/** The state of a thread that nobody has asked anything in. */
export function emptyState(threadId: string): StateView {
  return {
    values: { messages: [] },
    next: [],
    tasks: [],
    interrupts: [],
    checkpoint: checkpointOf(threadId, undefined),
    parent_checkpoint: null,
    metadata: {},
    created_at: null,
  };
}

/**
 * A thread's states, the latest first: one after each message that is whole, under the message's id. Not more than one
 * answer may hold; who wants more asks for those before the last.
 */
export function presentStates(
  threadId: string,
  messages: readonly ChatMessage[],
  { limit, before }: { readonly limit: number; readonly before?: string | undefined },
): StateView[] {
  const told = messages.filter(({ status }) => status !== 'pending');
  const end = before === undefined ? told.length : told.findIndex(({ id }) => id === before);
  const states: StateView[] = [];
  let room = MAX_TOLD;
  for (let index = end - 1; index >= 0 && states.length < limit; index -= 1) {
    if (room < index + 1 && states.length > 0) break;
    room -= index + 1;
    states.push(stateAfter(threadId, told, index));
  }
  return states;
}

/** The latest state of a thread that waits for a human: with the calls that it asks about. */
export function withPending(state: StateView, { run, calls, interrupts }: PendingRun): StateView {
  const called = presentToolCalls(run.id, calls);
  const task = { id: run.id, name: TOOLS_NODE, error: null, checkpoint: null, state: null };
  return {
    ...state,
    values: { messages: [...state.values.messages, called], __interrupt__: interrupts },
    next: [TOOLS_NODE],
    tasks: [{ ...task, result: null, interrupts }],
    interrupts,
  };
}

function stateAfter(threadId: string, told: readonly ChatMessage[], index: number): StateView {
  const messages = told.slice(0, index + 1);
  const [parent, last] = [told[index - 1], told[index]];
  const isAsked = last?.role === 'user';
  return {
    values: presentValues(messages),
    next: isAsked ? [ANSWERING_NODE] : [],
    tasks: isAsked ? [taskOf(last)] : [],
    interrupts: [],
    checkpoint: checkpointOf(threadId, last),
    parent_checkpoint: parent ? checkpointOf(threadId, parent) : null,
    metadata: {
      source: isAsked ? 'input' : 'loop',
      parents: {},
      thread_id: threadId,
      ...(last?.runId && { run_id: last.runId }),
    },
    created_at: last?.createdAt ?? null,
  };
}

function checkpointOf(threadId: string, message: ChatMessage | undefined): CheckpointView {
  return {
    thread_id: threadId,
    checkpoint_ns: '',
    checkpoint_id: message?.id ?? null,
    checkpoint_map: null,
  };
}

function taskOf({ id, runId }: ChatMessage): TaskView {
  const nothing = { error: null, interrupts: [], checkpoint: null, state: null, result: null };
  return { id: runId ?? id, name: ANSWERING_NODE, ...nothing };
}
