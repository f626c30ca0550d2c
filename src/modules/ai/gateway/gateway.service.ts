import { assertAllowed } from '#platform/errors/assert-allowed';
import type { Actor } from '#shared/actor';
import { newId, type ProjectId, type TeamId } from '#shared/ids';
import type { ChatEvent, ChatModel, ChatRequest, ModelUse, ToolCall } from '../chat-model.ts';
import type { AssertAffordable } from '../spending/assert-affordable.ts';
import { payerOf, payingFor } from '../spending/payer-context.ts';
import type { Payer } from '../spending/spend-guard.ts';
import { sumUsage, type SummedUsage } from '../tokens/sum-usage.ts';
import { createAnswerCollector, type CollectedAnswer } from './collect-answer.ts';

export type AskInput = {
  readonly model: string | undefined;
  /** The project that pays, one of the team's. */
  readonly projectId: ProjectId | undefined;
  readonly request: ChatRequest;
};

export type GatewayAnswer = CollectedAnswer & {
  readonly id: string;
  /** By all the models together; `costMicros` are millionths of the configured currency. */
  readonly used: SummedUsage & { readonly costMicros: number };
};

export type GatewayEvent =
  | {
      /** Before the first piece, and again where another model takes over. */
      readonly type: 'started';
      readonly id: string;
      readonly model: string;
      readonly provider: string;
    }
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'tool-call'; readonly call: ToolCall }
  | { readonly type: 'ended'; readonly answer: GatewayAnswer };

/** Reads an answer while it is given; aborting stops the provider's call. */
export type GatewayReader = (signal: AbortSignal) => AsyncGenerator<GatewayEvent, void, void>;

export type GatewayDependencies = {
  readonly pickModel: (teamId: TeamId, name: string | undefined) => Promise<ChatModel>;
  /** Throws for a project that is not the team's. */
  readonly findProject: (actor: Actor, id: ProjectId) => Promise<unknown>;
  readonly assertAffordable: AssertAffordable;
  /** Millionths of the configured currency. */
  readonly priceUse: (teamId: TeamId, use: ModelUse) => number;
};

type Call = { readonly model: ChatModel; readonly payer: Payer; readonly request: ChatRequest };

export type GatewayService = ReturnType<typeof createGatewayService>;

/** Questions to a model by itself: without a session, a document or an agent. */
export function createGatewayService(dependencies: GatewayDependencies) {
  const { pickModel, findProject, assertAffordable, priceUse } = dependencies;

  async function prepare(actor: Actor, input: AskInput): Promise<Call> {
    assertAllowed(actor, 'chat.write');
    const { projectId, request } = input;
    if (projectId) await findProject(actor, projectId);
    const model = await pickModel(actor.teamId, input.model);
    return { model, request, payer: payerOf(actor, projectId) };
  }

  async function* read(call: Call, signal: AbortSignal): AsyncGenerator<GatewayEvent, void, void> {
    const id = newId<string>();
    const { name: model, provider } = call.model;
    const collector = createAnswerCollector({ model, provider });
    let hasStarted = false;
    for await (const event of ask(call, signal)) {
      collector.take(event);
      if (event.type === 'model-chosen') {
        yield { type: 'started', id, model: event.model, provider: event.provider };
      } else if (!hasStarted) {
        yield { type: 'started', id, model, provider };
      }
      hasStarted = true;
      if (event.type === 'text-delta') yield { type: 'text', text: event.text };
    }
    const answer = collector.answer();
    for (const toolCall of answer.toolCalls) yield { type: 'tool-call', call: toolCall };
    const used = sumUp(answer.uses, call.payer.teamId);
    yield { type: 'ended', answer: { ...answer, id, used } };
  }

  /** Each use is rounded by itself, as it is billed. */
  function sumUp(uses: readonly ModelUse[], teamId: TeamId): GatewayAnswer['used'] {
    const costMicros = uses.reduce((sum, use) => sum + priceUse(teamId, use), 0);
    return { ...sumUsage(uses.map(({ usage }) => usage)), costMicros };
  }

  return {
    /** @throws FORBIDDEN, NOT_FOUND, VALIDATION_ERROR, QUOTA_EXCEEDED, RATE_LIMITED, and what the model failed with */
    async ask(actor: Actor, input: AskInput, signal: AbortSignal): Promise<GatewayAnswer> {
      const call = await prepare(actor, input);
      for await (const event of read(call, signal)) {
        if (event.type === 'ended') return event.answer;
      }
      throw new Error('An answer ended without its end');
    },

    /** Throws at once what can be told beforehand; reading throws what comes up in the middle. */
    async stream(actor: Actor, input: AskInput): Promise<GatewayReader> {
      const call = await prepare(actor, input);
      const { model, payer, request } = call;
      const text = request.turns.map(({ content }) => content).join('\n');
      await assertAffordable(payer, { model, text, maxTokens: request.maxTokens });
      return (signal) => read(call, signal);
    },
  };
}

function ask({ model, payer, request }: Call, signal: AbortSignal): AsyncIterable<ChatEvent> {
  return payingFor(payer, () => model.stream(request, signal));
}
