import { z } from 'zod';
import { oneOf, text, webUrl } from './setting-kinds.ts';
import { setting } from './setting.ts';

export const rerankerSettings = z.object({
  provider: setting(oneOf(['api', 'local']).prefault('api'), {
    name: 'RERANKER_PROVIDER',
    description: 'api calls RERANKER_BASE_URL; local runs a cross-encoder of LOCAL_MODELS_PATH',
  }),
  baseUrl: setting(webUrl.optional(), {
    name: 'RERANKER_BASE_URL',
    description:
      'Address whose /rerank speaks the protocol of Cohere (v2) and Jina; unset: passages are put in order by their words',
    example: 'https://api.cohere.com/v2',
  }),
  apiKey: setting(text.optional(), {
    name: 'RERANKER_API_KEY',
    description: 'Key of the reranker, where it wants one',
    example: 'the key that the reranker gave you',
    isSecret: true,
  }),
  model: setting(text.optional(), {
    name: 'RERANKER_MODEL',
    description:
      'Model that puts passages in order; required with RERANKER_BASE_URL or a local reranker',
    example: 'rerank-v3.5',
  }),
});
