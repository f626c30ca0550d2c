import { startModelServer } from './model-server.ts';
import { startModelWire } from './model-wire.ts';
import { startTestService } from './service.ts';

/** What the model's 200 tokens cost: each a thousandth of the currency. */
export const COST_OF_AN_ANSWER = 0.2;
export const QUESTIONS_A_MINUTE = 20;
export const ANSWERS_AT_A_TIME = 2;

/** The product before a model that says 200 words, with a price that is easily counted, on a wire that a test holds. */
export async function startPricedModel() {
  const model = await startModelServer({ tokenDelayMs: 0 });
  const wire = await startModelWire(model.mock.url);
  const test = await startTestService({
    LLM_BASE_URL: wire.baseUrl,
    LLM_API_KEY: 'test',
    LLM_MODEL: 'test-model',
    LLM_MAX_TOKENS: '200',
    LLM_PRICE_PROMPT: '0',
    LLM_PRICE_COMPLETION: '1000',
    COST_USD_RATE: '1',
    CONCURRENT_STREAMS_FREE: String(ANSWERS_AT_A_TIME),
    RATE_LIMIT_CHAT_FREE: `${QUESTIONS_A_MINUTE}/minute`,
  });
  return {
    test,
    wire,
    mock: model.mock,
    async close() {
      await test.close();
      await wire.close();
      await model.close();
    },
  };
}

export type PricedModel = Awaited<ReturnType<typeof startPricedModel>>;
