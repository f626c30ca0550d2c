import { LLMock } from '@copilotkit/aimock';

export type ModelServer = {
  readonly baseUrl: string;
  /** The mock itself, for a test that scripts more than an answer. */
  readonly mock: LLMock;
  close(): Promise<void>;
};

const USAGE = { prompt_tokens: 40, completion_tokens: 200, total_tokens: 240 };

/** A model endpoint with OpenAI's wire protocol that says 200 words, one each `tokenDelayMs`. */
export async function startModelServer({ tokenDelayMs = 20 } = {}): Promise<ModelServer> {
  const mock = new LLMock({ port: 0, host: '127.0.0.1', latency: tokenDelayMs, chunkSize: 6 });
  const words = Array.from({ length: 200 }, (_, index) => `w${String(index).padStart(4, '0')} `);
  mock.onMessage(/.*/, { content: words.join(''), usage: USAGE });
  const url = await mock.start();
  return { baseUrl: `${url}/v1`, mock, close: () => mock.stop() };
}
