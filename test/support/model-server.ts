import { LLMock } from '@copilotkit/aimock';

export type ModelServer = {
  readonly baseUrl: string;
  /** The mock itself, for a test that scripts more than an answer. */
  readonly mock: LLMock;
  /** What it was sent for the newest question. */
  lastMessages(): unknown;
  close(): Promise<void>;
};

const PROMPT_TOKENS = 40;

/** A model endpoint with OpenAI's wire protocol that says numbered words, one each `tokenDelayMs`. */
export async function startModelServer({
  tokenDelayMs = 20,
  words: count = 200,
} = {}): Promise<ModelServer> {
  const mock = new LLMock({ port: 0, host: '127.0.0.1', latency: tokenDelayMs, chunkSize: 6 });
  const words = Array.from({ length: count }, (_, index) => `w${String(index).padStart(4, '0')} `);
  const usage = {
    prompt_tokens: PROMPT_TOKENS,
    completion_tokens: count,
    total_tokens: PROMPT_TOKENS + count,
  };
  mock.onMessage(/.*/, { content: words.join(''), usage });
  const url = await mock.start();
  return {
    baseUrl: `${url}/v1`,
    mock,
    lastMessages() {
      const body = mock.getRequests().at(-1)?.body;
      return body && 'messages' in body ? body.messages : [];
    },
    close: () => mock.stop(),
  };
}
