import { AsyncLocalStorage } from 'node:async_hooks';
import type { ChatEvent, ChatModel, ModelUse } from '../chat-model.ts';
import { estimateUsage } from '../spending/estimate-call.ts';
import { writtenBy } from '../tokens/written-by.ts';
import {
  beginAnswer,
  endAnswer,
  reportFailure,
  type BegunAnswer,
  type ChainCall,
  type FailoverCandidate,
} from './begin-answer.ts';
import type { CircuitBreakers } from './circuit-breakers.ts';
import { isWorthAnother } from './judge-failure.ts';
import { createSeam, type Seam } from './trim-overlap.ts';

export type FailoverModelOptions = {
  /** What the chain is asked for by; each answer tells who gave it. */
  readonly name: string;
  /** In the order in which they are asked. */
  readonly candidates: readonly [FailoverCandidate, ...FailoverCandidate[]];
  readonly circuits: CircuitBreakers;
  /** Silence after which a second model is asked at the same time; undefined: never. */
  readonly hedgeAfterMs?: number | undefined;
};

/** Several models as one, which answers as long as any of them does. */
export function createFailoverModel(options: FailoverModelOptions): ChatModel {
  const { name, candidates, circuits, hedgeAfterMs } = options;
  return {
    name,
    provider: candidates[0].model.provider,
    stream(request, signal) {
      const asCaller = AsyncLocalStorage.snapshot();
      const waiting = request.fallbacks === 'none' ? [candidates[0]] : [...candidates];
      return answerByChain({
        request,
        signal,
        takeNext: () => waiting.shift(),
        circuits,
        hedgeAfterMs,
        asCaller: (work) => asCaller(work),
        failures: [],
      });
    },
  };
}

/** What one model gives of an answer. */
type Part = {
  readonly answer: BegunAnswer;
  /** By others, for this answer, and not told yet. */
  readonly used: readonly ModelUse[];
  readonly seam: Seam;
  /** As the model wrote it, for its bill. */
  written: string;
};

/** What a reader has got so far. */
type Told = { text: string; hasCalledTools: boolean };

async function* answerByChain(call: ChainCall): AsyncGenerator<ChatEvent, void, void> {
  const told: Told = { text: call.request.said ?? '', hasCalledTools: false };
  const teller = createTeller(call, { told, part: await beginPart(call, told) });
  try {
    let events: readonly ChatEvent[] | undefined = teller.begin();
    for (; events; events = await teller.next()) {
      for (const event of events) yield event;
    }
  } finally {
    await teller.end();
  }
}

/** Tells what one model says, and where it breaks off what another says in its place. */
function createTeller(call: ChainCall, { told, part: firstPart }: { told: Told; part: Part }) {
  let part = firstPart;

  function begin(): readonly ChatEvent[] {
    return [modelChosen(part), ...hear(part, told, part.answer.first)];
  }

  async function takeOver(cause: unknown): Promise<readonly ChatEvent[]> {
    await reportFailure(part.answer.pass, cause, call.signal);
    await endAnswer(part.answer);
    if (!mayContinue(call, told, cause)) throw cause;
    part = await goOn(call, { told, broken: part, cause });
    return begin();
  }

  return {
    begin,
    /** Undefined at the end of the answer. */
    async next(): Promise<readonly ChatEvent[] | undefined> {
      try {
        const next = await part.answer.rest.next();
        return next.done ? undefined : hear(part, told, next.value);
      } catch (cause) {
        return takeOver(cause);
      }
    },
    end: () => endAnswer(part.answer),
  };
}

async function beginPart(call: ChainCall, told: Told): Promise<Part> {
  const { answer, outrun } = await beginAnswer(call);
  const used = outrun ? [usedBy(outrun, writtenBy(outrun.first))] : [];
  return { answer, used, seam: createSeam(told.text), written: '' };
}

function modelChosen({ answer, used }: Part): ChatEvent {
  const { name, provider } = answer.model;
  return { type: 'model-chosen', model: name, provider, ...(used.length > 0 && { used }) };
}

/** What is new of an event. */
function hear(part: Part, told: Told, event: ChatEvent): readonly ChatEvent[] {
  part.written += writtenBy(event);
  const events = joined(event, part.seam);
  for (const each of events) note(told, each);
  return events;
}

/** An event without what a reader has got already. */
function joined(event: ChatEvent, seam: Seam): readonly ChatEvent[] {
  if (event.type === 'text-delta') return textEvents(seam.push(event.text));
  return event.type === 'finish' ? [...textEvents(seam.flush()), event] : [event];
}

function textEvents(text: string): readonly ChatEvent[] {
  return text === '' ? [] : [{ type: 'text-delta', text }];
}

function note(told: Told, event: ChatEvent): void {
  if (event.type === 'text-delta') told.text += event.text;
  if (event.type === 'tool-call-delta') told.hasCalledTools = true;
}

/** Half a call of a tool, or half a document of a format, is nothing that another model can take up. */
function mayContinue({ request, signal }: ChainCall, told: Told, cause: unknown): boolean {
  const isAskedFor = request.onInterruption === 'continue' && !request.responseFormat;
  return isAskedFor && !told.hasCalledTools && !signal.aborted && isWorthAnother(cause);
}

type Break = { readonly told: Told; readonly broken: Part; readonly cause: unknown };

/** @throws what interrupted the answer, where nobody takes it up */
async function goOn(call: ChainCall, { told, broken, cause }: Break): Promise<Part> {
  const takeNext = () => takeAble(call.takeNext);
  const request = { ...call.request, said: told.text };
  try {
    const part = await beginPart({ ...call, request, takeNext, failures: [] }, told);
    return { ...part, used: [usedBy(broken.answer, broken.written), ...part.used] };
  } catch (error) {
    throw isWorthAnother(error) ? cause : error;
  }
}

function takeAble(takeNext: ChainCall['takeNext']): FailoverCandidate | undefined {
  const candidate = takeNext();
  return candidate?.canContinue === false ? takeAble(takeNext) : candidate;
}

/** As the guard of spending counts what broke off. */
function usedBy({ model, request }: BegunAnswer, written: string): ModelUse {
  const { name, provider } = model;
  return { model: name, provider, usage: estimateUsage(request, written) };
}
