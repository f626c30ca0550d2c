import { payerOf, payingFor, type ChatEvent, type ChatModel, type ChatRequest } from '#modules/ai';
import type { Metrics } from '#platform/telemetry/metrics';
import type { Actor } from '#shared/actor';
import type { ProjectId } from '#shared/ids';
import { createTextCleaner } from '../agent/clean-text.ts';
import type { DescribeFollowUp } from '../follow-ups/rewrite-query.ts';
import { createCitationExtractor, type Citation } from '../agent/extract-citations.ts';
import { groundRequest } from '../agent/ground-request.ts';
import type { PassageRetriever } from '../runs/build-request.ts';
import { assertCanChat } from '../sessions/sessions.policy.ts';
import type { ModelPicker, ProjectReader } from '../sessions/sessions.service.ts';

export type AnswerEvent = ChatEvent | { readonly type: 'citation'; readonly citation: Citation };

export type AnswerInput = {
  readonly projectId: ProjectId;
  /** The default one without it. */
  readonly model?: string;
  /** The whole conversation, which nobody keeps here. */
  readonly request: ChatRequest;
};

export type AnswerServiceDependencies = {
  readonly projects: ProjectReader;
  readonly knowledge: PassageRetriever;
  readonly describeFollowUp: DescribeFollowUp;
  readonly pickModel: ModelPicker;
  readonly systemPrompt: string;
  readonly countTokens: (text: string) => number;
  readonly metrics: Pick<Metrics, 'citationsRejectedTotal'>;
};

export type AnswerService = ReturnType<typeof createAnswerService>;

/** Answers from a project's documents, to who keeps the conversation on their side. */
export function createAnswerService(dependencies: AnswerServiceDependencies) {
  const { projects, knowledge, describeFollowUp, pickModel } = dependencies;
  const { systemPrompt, countTokens, metrics } = dependencies;

  async function ground(
    actor: Actor,
    { projectId, request, model }: Grounding,
    signal: AbortSignal,
  ): Promise<{ readonly grounded: ChatRequest; readonly cite: Citer }> {
    const place = request.turns.findLastIndex(({ role }) => role === 'user');
    const query = request.turns[place]?.content ?? '';
    const turns = request.turns.slice(0, Math.max(0, place));
    const followUp = describeFollowUp({ question: query, turns, model });
    const asked = { teamId: actor.teamId, projectId, query, followUp };
    const { passages } = await knowledge.retrieve(asked, signal);
    const grounded = groundRequest(request, { systemPrompt, passages, countTokens });
    return { grounded, cite: createCitationExtractor(passages) };
  }

  async function* citing(
    events: AsyncIterable<ChatEvent>,
    cite: Citer,
  ): AsyncGenerator<AnswerEvent, void, void> {
    const cleaner = createTextCleaner();
    for await (const event of events) {
      if (event.type === 'finish') yield* citedText(cleaner.flush(), cite);
      if (event.type === 'text-delta') yield* citedText(cleaner.push(event.text), cite);
      else yield event;
    }
    metrics.citationsRejectedTotal.inc(cite.rejectedCount());
  }

  return {
    /** @throws FORBIDDEN, NOT_FOUND, QUOTA_EXCEEDED, RATE_LIMITED; reading throws what the model failed with */
    async open(
      actor: Actor,
      input: AnswerInput,
      signal: AbortSignal,
    ): Promise<AsyncIterable<AnswerEvent>> {
      assertCanChat(actor);
      const { projectId } = input;
      await projects.get(actor, { id: projectId });
      const model = await pickModel(actor.teamId, input.model);
      return payingFor(payerOf(actor, projectId), async () => {
        const { grounded, cite } = await ground(actor, { ...input, model }, signal);
        return citing(model.stream(grounded, signal), cite);
      });
    },
  };
}

type Grounding = Pick<AnswerInput, 'projectId' | 'request'> & { readonly model: ChatModel };

type Citer = ReturnType<typeof createCitationExtractor>;

function* citedText(text: string, cite: Citer): Generator<AnswerEvent, void, void> {
  if (text === '') return;
  yield { type: 'text-delta', text };
  for (const citation of cite.push(text)) yield { type: 'citation', citation };
}
