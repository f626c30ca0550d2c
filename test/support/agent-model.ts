import type { ChatCompletionRequest } from '@copilotkit/aimock';
import { startModelServer, type ModelServer } from './model-server.ts';

/** What the model does in one turn. */
export type ModelTurn = {
  readonly content?: string;
  /** What it says that it was asked with; `TURN_TOKENS` without it. */
  readonly promptTokens?: number;
  readonly calls?: readonly {
    readonly name: string;
    readonly input?: unknown;
    readonly id?: string;
  }[];
};

/** Says what the model does, by what it is asked with. */
export type ModelScript = (request: ChatCompletionRequest) => ModelTurn;

export type AgentModel = ModelServer & { follow(script: ModelScript): void };

export const TURN_TOKENS = { prompt_tokens: 40, completion_tokens: 10, total_tokens: 50 };

/** An endpoint by OpenAI's protocol whose model obeys a script, tools included. */
export async function startAgentModel(): Promise<AgentModel> {
  const server = await startModelServer({ tokenDelayMs: 0 });
  let script: ModelScript = () => ({ content: 'Nothing is scripted.' });
  server.mock.prependFixture({
    match: { predicate: () => true },
    response: (request) => responseOf(script(request)),
  });
  return {
    ...server,
    follow(next) {
      script = next;
    },
  };
}

function responseOf({ content = '', calls = [], ...asked }: ModelTurn) {
  const { promptTokens = TURN_TOKENS.prompt_tokens } = asked;
  const total = promptTokens + TURN_TOKENS.completion_tokens;
  const usage = { ...TURN_TOKENS, prompt_tokens: promptTokens, total_tokens: total };
  if (calls.length === 0) return { content, usage };
  const toolCalls = calls.map(({ name, input = {}, id }) => ({
    name,
    arguments: typeof input === 'string' ? input : JSON.stringify(input),
    ...(id !== undefined && { id }),
  }));
  return content === '' ? { toolCalls, usage } : { content, toolCalls, usage };
}

/** The results that a model was given since the newest question, in order. */
export function resultsIn({ messages }: ChatCompletionRequest): readonly string[] {
  const asked = messages.findLastIndex(({ role }) => role === 'user');
  return messages
    .slice(asked + 1)
    .filter(({ role }) => role === 'tool')
    .map(({ content }) => (typeof content === 'string' ? content : JSON.stringify(content)));
}
