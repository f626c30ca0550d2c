import { z } from 'zod';
import { presentInterrupts } from '../states/present-interrupts.ts';
import {
  presentMessages,
  presentPartial,
  presentToolCalls,
  presentToolResult,
  type ToolCall,
} from '../states/present-message.ts';
import { ANSWERING_NODE, presentValues, TOOLS_NODE } from '../states/present-state.ts';
import type { ChatMessage } from '../states/thread-messages.service.ts';
import type { StreamMode } from './stream-modes.ts';

/** Where in a stream a frame stands: the event of the run that it tells, and its place among that one's. */
export type FramePosition = { readonly event: number; readonly frame: number };

export type Frame = {
  readonly position: FramePosition;
  readonly name: string;
  readonly data: unknown;
  /** Who is told of it; undefined: everybody. */
  readonly mode: StreamMode | undefined;
};

export type FramedRun = {
  readonly runId: string;
  readonly threadId: string;
  readonly assistantId: string;
  /** The thread's messages up to the answer of the run, as they are stored at that moment. */
  readonly readMessages: () => Promise<readonly ChatMessage[]>;
};

type Told = Omit<Frame, 'position'>;
type RunEnd = 'success' | 'error' | 'interrupted';

const RunEvent = z.looseObject({ type: z.string() });
const Session = z.object({ message_id: z.string() });
const Token = z.object({ content: z.string() });
const Usage = z.object({ finish_reason: z.string() });
const Called = z.object({ id: z.string(), name: z.string(), arguments: z.string() });
const Result = z.object({
  tool_call_id: z.string(),
  name: z.string(),
  content: z.string(),
  is_error: z.boolean(),
});
const Asked = z.object({ tool_call_id: z.string(), name: z.string(), arguments: z.string() });
const Decided = z.object({ tool_call_id: z.string() });
const Status = z.object({ status: z.string() });
const Failure = z.object({ code: z.string(), detail: z.string() });

/** How a run that somebody stopped ends. */
const STOPPED = new Set(['cancelled', 'abandoned']);
/** Behind all frames that one event can have. */
const END_FRAME = 9;

/**
 * Tells a run's events in LangGraph's frames. The same events make the same frames with the same ids, whoever reads
 * and from wherever, so that a reader who comes back gets each once.
 */
export function createFrameWriter(run: FramedRun) {
  const about = { run_id: run.runId, thread_id: run.threadId };
  const origin = { ...about, assistant_id: run.assistantId, langgraph_node: ANSWERING_NODE };
  let answerId = '';
  let content = '';
  let end: RunEnd = 'success';
  let lastEvent = 0;
  let calls: readonly ToolCall[] = [];
  let asked: readonly ToolCall[] = [];
  let isAside = false;

  async function tell(event: z.output<typeof RunEvent>): Promise<readonly Told[]> {
    switch (event.type) {
      case 'session':
        answerId = Session.parse(event).message_id;
        return [told('metadata', { ...about, attempt: 1 }), ...(await question())];
      case 'token':
        return token(Token.parse(event).content);
      case 'tool_call':
        calls = [...calls, Called.parse(event)];
        return toolCalls();
      case 'tool_result':
        return toolResult(Result.parse(event));
      case 'approval_required': {
        const { tool_call_id: id, ...call } = Asked.parse(event);
        asked = [...asked, { id, ...call }];
        return [told('custom', event, 'custom')];
      }
      case 'approval': {
        const { tool_call_id: decided } = Decided.parse(event);
        asked = asked.filter(({ id }) => id !== decided);
        return [told('custom', event, 'custom')];
      }
      case 'status':
        isAside = Status.parse(event).status === 'waiting';
        return [told('custom', event, 'custom'), ...(isAside ? await interrupt() : [])];
      case 'usage':
        if (STOPPED.has(Usage.parse(event).finish_reason)) end = 'interrupted';
        return [...(await answer()), told('custom', event, 'custom')];
      case 'error': {
        end = 'error';
        const { code, detail } = Failure.parse(event);
        return [told('error', { error: code, message: detail })];
      }
      default:
        return [told('custom', event, 'custom')];
    }
  }

  async function question(): Promise<readonly Told[]> {
    return [told('values', await valuesBefore(), 'values')];
  }

  async function valuesBefore() {
    const messages = await run.readMessages();
    return presentValues(messages.filter(({ id }) => id !== answerId));
  }

  function toolCalls(): readonly Told[] {
    const message = presentToolCalls(answerId, calls);
    const chunk = { ...presentToolCalls(answerId, calls.slice(-1)), type: 'AIMessageChunk' };
    return [
      told('messages/partial', [message], 'messages'),
      told('messages', [chunk, { ...origin, tags: [] }], 'messages-tuple'),
    ];
  }

  function toolResult(result: z.output<typeof Result>): readonly Told[] {
    const { tool_call_id: id, name, content: text, is_error: isError } = result;
    const message = presentToolResult(answerId, { id, name, content: text, isError });
    const from = { ...origin, langgraph_node: TOOLS_NODE, tags: [] };
    return [
      told('messages/complete', [message], 'messages'),
      told('messages', [message, from], 'messages-tuple'),
      told('updates', { [TOOLS_NODE]: { messages: [message] } }, 'updates'),
    ];
  }

  async function interrupt(): Promise<readonly Told[]> {
    const interrupts = presentInterrupts(asked);
    const { messages } = await valuesBefore();
    const called = presentToolCalls(answerId, calls);
    const values = { messages: [...messages, called], __interrupt__: interrupts };
    return [
      told('updates', { __interrupt__: interrupts }, 'updates'),
      told('values', values, 'values'),
    ];
  }

  function token(text: string): readonly Told[] {
    const isFirst = content === '';
    content += text;
    const known = { [answerId]: { metadata: origin } };
    const chunk = { ...presentPartial(answerId, text), type: 'AIMessageChunk' };
    return [
      told('messages/metadata', isFirst ? known : undefined, 'messages'),
      told('messages/partial', [presentPartial(answerId, content)], 'messages'),
      told('messages', [chunk, { ...origin, tags: [] }], 'messages-tuple'),
    ];
  }

  /** As it is stored: a run tells its use after that. */
  async function answer(): Promise<readonly Told[]> {
    const messages = await run.readMessages();
    const stored = messages.find(({ id }) => id === answerId);
    const message = (stored && presentMessages(stored).at(-1)) ?? presentPartial(answerId, content);
    return [
      told('messages/complete', [message], 'messages'),
      told('updates', { [ANSWERING_NODE]: { messages: [message] } }, 'updates'),
      told('values', presentValues(messages), 'values'),
    ];
  }

  return {
    async write(eventId: number, json: string): Promise<readonly Frame[]> {
      lastEvent = eventId;
      isAside = false;
      const frames = await tell(RunEvent.parse(JSON.parse(json)));
      return frames
        .map((frame, index) => ({ ...frame, position: { event: eventId, frame: index } }))
        .filter(({ data }) => data !== undefined);
    },

    /** Whether the last event put the run aside, until a human has decided. */
    isAside: () => isAside,

    /** The last one, of a run that has ended: as its events say, or as is known of it otherwise. */
    end(status: string = end): Frame {
      const position = { event: lastEvent, frame: END_FRAME };
      return { ...told('end', { run_id: run.runId, status }), position };
    },
  };
}

export function isAfter(one: FramePosition, other: FramePosition): boolean {
  return one.event === other.event ? one.frame > other.frame : one.event > other.event;
}

export function idOfFrame({ event, frame }: FramePosition): string {
  return `${event}-${frame}`;
}

function told(name: string, data: unknown, mode?: StreamMode): Told {
  return { name, data, mode };
}
