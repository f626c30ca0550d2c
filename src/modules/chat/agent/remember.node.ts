import type { ChatTurn } from '#modules/ai';
import type { AgentRun, ConversationWindow, Exchange } from './agent-run.ts';
import { turnsOf, type Step } from './tool-step.ts';
import { trimHistory } from './trim-history.ts';

/** Keeps a thread's state small whatever the length of its conversation. */
const MAX_WINDOW_TOKENS = 6000;
const MAX_WINDOW_TURNS = 40;
/** Of each argument and result of a tool. */
const MAX_TOOL_CHARACTERS = 1000;
const NOTHING_SAID = '(No answer was given.)';

type Remembering = Pick<AgentRun, 'countTokens'> & Pick<Exchange, 'question'>;

/** Adds the exchange to the window, with what its tools did; a question that got no answer at all is left out. */
export function remember(
  state: {
    readonly window: ConversationWindow;
    readonly steps: readonly Step[];
    /** What was said after the last step. */
    readonly reply: string;
  },
  { question, countTokens }: Remembering,
): { window: ConversationWindow } {
  const { window, steps, reply } = state;
  if (reply === '' && steps.length === 0) return { window };
  const turns: ConversationWindow = [
    ...window,
    { role: 'user', content: question },
    ...steps.flatMap((step) => turnsOf(shorten(step))),
    { role: 'assistant', content: reply.trim() || NOTHING_SAID },
  ];
  const recent = fromQuestion(turns.slice(-MAX_WINDOW_TURNS));
  return { window: trimHistory({ turns: recent, maxTokens: MAX_WINDOW_TOKENS, countTokens }) };
}

/** A result without its call says nothing, and is refused by endpoints. */
function fromQuestion(turns: readonly ChatTurn[]): readonly ChatTurn[] {
  const first = turns.findIndex(({ role }) => role === 'user');
  return first < 0 ? turns.filter(({ role }) => role !== 'tool') : turns.slice(first);
}

function shorten(step: Step): Step {
  const calls = step.calls.map((call) => ({
    ...call,
    // What is cut would not be JSON any more.
    arguments: call.arguments.length > MAX_TOOL_CHARACTERS ? '{}' : call.arguments,
    result: call.result && { ...call.result, text: cut(call.result.text) },
  }));
  return { ...step, calls };
}

function cut(text: string): string {
  if (text.length <= MAX_TOOL_CHARACTERS) return text;
  return `${text.slice(0, MAX_TOOL_CHARACTERS).toWellFormed()}…`;
}
