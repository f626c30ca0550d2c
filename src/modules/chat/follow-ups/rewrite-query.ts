import {
  createAnswerCollector,
  findPayer,
  payingFor,
  type ChatModel,
  type ChatTurn,
} from '#modules/ai';
import { isAppError } from '#platform/errors/app-error';
import type { Logger } from '#platform/telemetry/logger';

/** What a question follows on, for a search that has to understand it. */
export type FollowUp = {
  /** What the person said before, oldest first. */
  readonly earlier: readonly string[];
  /** Asks a model for a query that stands alone; undefined where it has none in time. Not there without a model. */
  readonly rewrite?: ((signal: AbortSignal) => Promise<string | undefined>) | undefined;
};

export type DescribeFollowUp = (asked: {
  readonly question: string;
  /** Of the conversation so far, without the question. */
  readonly turns: readonly ChatTurn[];
  readonly model: ChatModel;
}) => FollowUp | undefined;

export type FollowUpDependencies = {
  readonly prompt: string;
  readonly logger: Pick<Logger, 'warn'>;
  /** How long an answer may wait for its query. */
  readonly timeoutMs?: number;
};

const TIMEOUT_MS = 4000;
const READ_TURNS = 6;
const READ_CHARACTERS = 2000;
const QUERY_TOKENS = 400;
const QUERY_CHARACTERS = 1000;
/** It makes no sentences of its own. */
const BUILT_IN = 'builtin';

/** Tells what a question follows on; undefined for the first of its conversation. */
export function createFollowUps({
  prompt,
  logger,
  timeoutMs = TIMEOUT_MS,
}: FollowUpDependencies): DescribeFollowUp {
  async function rewrite(
    { question, turns, model }: Parameters<DescribeFollowUp>[0],
    signal: AbortSignal,
  ): Promise<string | undefined> {
    const inTime = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
    const answer = createAnswerCollector({ model: model.name, provider: model.provider });
    const content = `${transcribe(turns)}\n\nNewest question: ${question}`;
    const asked = [
      { role: 'system', content: prompt },
      { role: 'user', content },
    ] as const;
    const request = { turns: asked, passages: [], maxTokens: QUERY_TOKENS };
    try {
      for await (const event of model.stream(request, inTime)) answer.take(event);
      const { text, finishReason, provider } = answer.answer();
      return finishReason === 'stop' && provider !== BUILT_IN ? readQuery(text) : undefined;
    } catch (error) {
      if (signal.aborted || !(inTime.aborted || isAppError(error))) throw error;
      logger.warn({ err: error }, 'searched for a follow-up as it was asked');
      return undefined;
    }
  }

  return ({ question, turns, model }) => {
    const earlier = turns.filter(({ role }) => role === 'user').map(({ content }) => content);
    if (earlier.length === 0) return undefined;
    if (model.provider === BUILT_IN) return { earlier };
    return {
      earlier,
      rewrite: (signal) => paidByItself(() => rewrite({ question, turns, model }, signal)),
    };
  };
}

/** Billed when it ends, whatever becomes of the run whose answer it is for. */
function paidByItself<T>(work: () => T): T {
  const payer = findPayer();
  if (!payer) return work();
  const { runId: _runId, ...others } = payer;
  return payingFor(others, work);
}

function transcribe(turns: readonly ChatTurn[]): string {
  const names = { user: 'Person', assistant: 'Assistant' } as const;
  return turns
    .flatMap(({ role, content }) =>
      role === 'user' || role === 'assistant'
        ? [`${names[role]}: ${content.slice(0, READ_CHARACTERS).toWellFormed()}`]
        : [],
    )
    .slice(-READ_TURNS)
    .join('\n');
}

function readQuery(text: string): string | undefined {
  const line = text.trim().split('\n')[0]?.trim() ?? '';
  const query = line.replace(/^"(.*)"$/, '$1').slice(0, QUERY_CHARACTERS);
  return query === '' ? undefined : query.toWellFormed();
}
