import { z } from 'zod';
import { decimal, integer, oneOf, text, webUrl } from './setting-kinds.ts';
import { alias, setting } from './setting.ts';

const price = decimal({ min: 0, max: 100_000 });

export const llmSettings = z.object({
  apiKey: setting(text.optional(), {
    name: 'LLM_API_KEY',
    description:
      'Key of the model endpoint; with neither key nor base URL the built-in model answers',
    example: 'the key that the endpoint gave you',
    isSecret: true,
    aliases: [alias('OPENAI_API_KEY')],
  }),
  baseUrl: setting(webUrl.optional(), {
    name: 'LLM_BASE_URL',
    description:
      'Address of any endpoint that speaks the OpenAI protocol; unset with a key: OpenAI',
    example: 'http://localhost:11434/v1',
  }),
  model: setting(text.prefault('gpt-4o-mini'), {
    name: 'LLM_MODEL',
    description: 'Model that answers',
  }),
  temperature: setting(decimal({ min: 0, max: 2 }).prefault('0.2'), {
    name: 'LLM_TEMPERATURE',
    description: 'How freely the model words its answer',
  }),
  maxTokens: setting(integer({ min: 1, max: 1_000_000 }).prefault('2000'), {
    name: 'LLM_MAX_TOKENS',
    description: 'Most tokens of one answer',
  }),
  attempts: setting(integer({ min: 1, max: 10 }).prefault('3'), {
    name: 'LLM_RETRIES',
    description: 'Attempts of a model call, the first included',
  }),
  timeoutMs: setting(integer({ min: 100, max: 600_000 }).prefault('30000'), {
    name: 'LLM_TIMEOUT_MS',
    description: 'Time for a model to begin its answer',
  }),
  promptUsdPerMillionTokens: setting(price.optional(), {
    name: 'LLM_PRICE_PROMPT',
    description:
      'Price of LLM_MODEL in US dollars for a million prompt tokens; unset: its list price',
    example: '0.15',
  }),
  completionUsdPerMillionTokens: setting(price.optional(), {
    name: 'LLM_PRICE_COMPLETION',
    description:
      'Price of LLM_MODEL in US dollars for a million completion tokens; unset: its list price',
    example: '0.6',
  }),
});

export const embeddingSettings = z.object({
  provider: setting(
    oneOf(['none', 'openai', 'litellm', 'gemini', 'local', 'builtin']).prefault('none'),
    {
      name: 'EMBEDDING_PROVIDER',
      description:
        'none searches by words alone; openai uses the LLM_ endpoint, litellm and gemini their own, local a folder of LOCAL_MODELS_PATH; builtin is for tests',
    },
  ),
  localModelsPath: setting(text.optional(), {
    name: 'LOCAL_MODELS_PATH',
    description:
      'Folder of sentence-transformers models in ONNX, each a folder that EMBEDDING_MODEL or RERANKER_MODEL names; needs the package @huggingface/transformers',
    example: '/models',
  }),
  model: setting(text.prefault('text-embedding-3-small'), {
    name: 'EMBEDDING_MODEL',
    description: 'Model that makes vectors',
  }),
  dimensions: setting(integer({ min: 8, max: 16_000 }).prefault('1536'), {
    name: 'EMBEDDING_DIMENSIONS',
    description: 'Length of a vector',
  }),
});

export const retrievalSettings = z.object({
  chunkTokens: setting(integer({ min: 32, max: 8192 }).prefault('512'), {
    name: 'CHUNK_SIZE',
    description: 'Most tokens of a passage',
  }),
  chunkOverlapTokens: setting(integer({ min: 0, max: 4096 }).prefault('64'), {
    name: 'CHUNK_OVERLAP',
    description: 'Tokens that two neighbouring passages share; less than CHUNK_SIZE',
  }),
  topK: setting(integer({ min: 1, max: 100 }).prefault('8'), {
    name: 'RETRIEVAL_TOP_K',
    description: 'Passages that an answer may use',
  }),
});
