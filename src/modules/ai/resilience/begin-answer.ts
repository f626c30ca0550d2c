import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '#platform/errors/app-error';
import type { ChatEvent, ChatModel, ChatRequest } from '../chat-model.ts';
import type { CircuitBreakers, CircuitPass } from './circuit-breakers.ts';
import { continueRequest } from './continue-request.ts';
import { circuitOpen, isIllness, isWorthAnother, verdictOf } from './judge-failure.ts';

/** A model that may answer; those of a chain are asked in their order. */
export type FailoverCandidate = {
  readonly model: ChatModel;
  /** Whose key it is called with; its circuit is then that owner's. */
  readonly keyOwner?: string | undefined;
  /** False for a model that cannot take up what another has begun. */
  readonly canContinue?: boolean;
};

export type ChainCall = {
  readonly request: ChatRequest;
  readonly signal: AbortSignal;
  /** Gives each candidate once. */
  readonly takeNext: () => FailoverCandidate | undefined;
  readonly circuits: CircuitBreakers;
  readonly hedgeAfterMs: number | undefined;
  /** Calls a model as who asked, however much later. */
  readonly asCaller: <T>(work: () => T) => T;
  /** What has failed so far, in order. */
  readonly failures: AppError[];
};

/** An answer whose first event is there. */
export type BegunAnswer = {
  readonly model: ChatModel;
  /** As this model was asked. */
  readonly request: ChatRequest;
  readonly first: ChatEvent;
  readonly rest: AsyncIterator<ChatEvent>;
  readonly pass: GrantedPass;
};

type GrantedPass = Extract<CircuitPass, { readonly isGranted: true }>;

export type Beginning = {
  readonly answer: BegunAnswer;
  /** One that began at the same moment, and was ended again. */
  readonly outrun: BegunAnswer | undefined;
};

type Lane = { readonly answer: Promise<BegunAnswer>; readonly abandon: () => void };

/**
 * Asks one model after the other until one begins to answer; where the first is slow and hedging is on, two at once.
 * @throws the last failure where none begins; `unavailable` where every circuit is open
 */
export async function beginAnswer(call: ChainCall): Promise<Beginning> {
  const { hedgeAfterMs } = call;
  if (hedgeAfterMs === undefined) {
    return { answer: await askInTurn(call, call.signal), outrun: undefined };
  }
  const first = openLane(call);
  const lanes = (await isSilentFor(hedgeAfterMs, first)) ? [first, openLane(call)] : [first];
  const winner = await firstToBegin(lanes, call);
  const loser = lanes.find((lane) => lane !== winner.lane);
  return { answer: winner.answer, outrun: loser && (await giveUp(loser)) };
}

/** Ends an answer wherever it is; its call is released or, where something was said, settled. */
export async function endAnswer({ rest }: BegunAnswer): Promise<void> {
  await rest.return?.();
}

async function askInTurn(call: ChainCall, signal: AbortSignal): Promise<BegunAnswer> {
  for (;;) {
    const candidate = call.takeNext();
    if (!candidate) throw verdictOf(call.failures);
    try {
      return await ask(candidate, { ...call, signal });
    } catch (error) {
      if (signal.aborted || !isWorthAnother(error)) throw error;
      call.failures.push(error);
    }
  }
}

async function ask(
  { model, keyOwner, canContinue }: FailoverCandidate,
  { request: wanted, signal, circuits, asCaller }: ChainCall,
): Promise<BegunAnswer> {
  const { provider, name } = model;
  const pass = await circuits.enter({ provider, model: name, owner: keyOwner });
  if (!pass.isGranted) throw circuitOpen(pass.retryAfterSeconds);
  const request = openRequest(wanted, canContinue);
  try {
    const rest = asCaller(() => model.stream(request, signal))[Symbol.asyncIterator]();
    const { value: first, done } = await rest.next();
    if (done) throw saidNothing();
    pass.succeed();
    return { model, request, first, rest, pass };
  } catch (error) {
    await reportFailure(pass, error, signal);
    throw error;
  }
}

/** A model that cannot take up an answer begins anew, and what it repeats is left out. */
function openRequest({ said, ...request }: ChatRequest, canContinue = true): ChatRequest {
  return said === undefined || !canContinue ? request : continueRequest(request, said);
}

/** What a caller gave up, or did wrong, says nothing about the model. */
export async function reportFailure(
  pass: GrantedPass,
  error: unknown,
  signal: AbortSignal,
): Promise<void> {
  if (!signal.aborted && isIllness(error)) await pass.fail();
  else pass.leave();
}

function openLane(call: ChainCall): Lane {
  const controller = new AbortController();
  const answer = askInTurn(call, AbortSignal.any([call.signal, controller.signal]));
  // Whoever waits for it later learns of the failure.
  answer.catch(() => undefined);
  return { answer, abandon: () => controller.abort() };
}

async function isSilentFor(timeMs: number, { answer }: Lane): Promise<boolean> {
  const timer = new AbortController();
  const silence = sleep(timeMs, true, { signal: timer.signal });
  const spoken = answer.then(
    () => false,
    () => false,
  );
  const isSilent = await Promise.race([silence, spoken]);
  timer.abort();
  silence.catch(() => undefined);
  return isSilent;
}

async function firstToBegin(lanes: readonly Lane[], { failures }: ChainCall) {
  try {
    return await Promise.any(lanes.map(async (lane) => ({ lane, answer: await lane.answer })));
  } catch (error) {
    if (!(error instanceof AggregateError)) throw error;
    throw error.errors.find((failure) => !isWorthAnother(failure)) ?? verdictOf(failures);
  }
}

async function giveUp({ answer, abandon }: Lane): Promise<BegunAnswer | undefined> {
  abandon();
  const begun = await answer.catch(() => undefined);
  if (begun) await endAnswer(begun);
  return begun;
}

function saidNothing(): AppError {
  return new AppError('external', 'The model ended without an answer', {
    reason: 'upstream_error',
    retryable: true,
  });
}
