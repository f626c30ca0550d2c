import type { ChatEvent, ChatModel, ChatRequest, ModelUse, TokenUsage } from '#modules/ai';

/** One call of the model, in the hands of the test. */
export type ModelCall = {
  readonly request: ChatRequest;
  readonly signal: AbortSignal;
  say(text: string): void;
  /** From here on another model speaks. */
  choose(model: string, used?: readonly ModelUse[]): void;
  /** Its arguments as JSON, unless they are a text. */
  callTool(name: string, input?: unknown, id?: string): void;
  finish(usage?: TokenUsage): void;
  fail(error: unknown): void;
  /** Ends without a `finish`, as a cut connection does. */
  cut(): void;
};

export type ScriptedModel = ChatModel & {
  /** The next call that has not been taken yet. */
  nextCall(): Promise<ModelCall>;
};

type Step =
  | ChatEvent
  | { readonly type: 'fail'; readonly error: unknown }
  | { readonly type: 'cut' };

export const USAGE: TokenUsage = { promptTokens: 100, completionTokens: 10, isEstimated: false };

/** A model that says what the test makes it say, when the test makes it. */
export function createScriptedModel(name = 'scripted'): ScriptedModel {
  const calls: ModelCall[] = [];
  const takers: ((call: ModelCall) => void)[] = [];

  async function* stream(request: ChatRequest, signal: AbortSignal): AsyncGenerator<ChatEvent> {
    const steps = createSteps(signal);
    let toolCalls = 0;
    const call: ModelCall = {
      request,
      signal,
      say: (text) => steps.add({ type: 'text-delta', text }),
      choose: (model, used) =>
        steps.add({ type: 'model-chosen', model, provider: 'test', ...(used && { used }) }),
      callTool(tool, input = {}, id = `call-${toolCalls}`) {
        const written = typeof input === 'string' ? input : JSON.stringify(input);
        const index = toolCalls;
        toolCalls += 1;
        steps.add({ type: 'tool-call-delta', index, id, name: tool, arguments: written });
      },
      finish: (usage = USAGE) => {
        const reason = toolCalls > 0 ? 'tool_calls' : 'stop';
        steps.add({ type: 'finish', reason, usage });
        steps.add({ type: 'cut' });
      },
      fail: (error) => steps.add({ type: 'fail', error }),
      cut: () => steps.add({ type: 'cut' }),
    };
    const taker = takers.shift();
    if (taker) taker(call);
    else calls.push(call);
    for (;;) {
      const step = await steps.next();
      if (step.type === 'cut') return;
      if (step.type === 'fail') throw step.error;
      yield step;
    }
  }

  return {
    name,
    provider: 'test',
    stream,
    nextCall() {
      const call = calls.shift();
      return call ? Promise.resolve(call) : new Promise((resolve) => takers.push(resolve));
    },
  };
}

function createSteps(signal: AbortSignal) {
  const waiting: Step[] = [];
  let wake: (() => void) | undefined;
  signal.addEventListener('abort', () => wake?.(), { once: true });
  return {
    add(step: Step): void {
      waiting.push(step);
      wake?.();
    },
    async next(): Promise<Step> {
      for (;;) {
        if (signal.aborted) throw signal.reason;
        const step = waiting.shift();
        if (step) return step;
        await new Promise<void>((resolve) => (wake = resolve));
      }
    },
  };
}
