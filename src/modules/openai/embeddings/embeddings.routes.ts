import type { App } from '#platform/http/app';
import { callerSignal } from '#platform/http/caller-signal';
import { OpenAiErrorResponse } from '../errors/errors.schemas.ts';
import {
  listInputs,
  OpenAiEmbeddingRequest,
  OpenAiEmbeddingResponse,
  presentEmbeddings,
} from './embeddings.schemas.ts';
import type { EmbeddingService } from './embeddings.service.ts';

const createEmbeddings = {
  schema: {
    operationId: 'createOpenAiEmbeddings',
    summary: 'Turn texts into vectors',
    tags: ['openai'],
    body: OpenAiEmbeddingRequest,
    response: { 200: OpenAiEmbeddingResponse, default: OpenAiErrorResponse },
  },
  config: { access: 'user', rateLimit: 'chat' },
} as const;

export function registerEmbeddingRoutes(
  app: App,
  { embeddings }: { embeddings: EmbeddingService },
): void {
  app.post('/embeddings', createEmbeddings, async (request, reply) => {
    const { model, input, dimensions, encoding_format: format } = request.body;
    const asked = { model, inputs: listInputs(input), dimensions: dimensions ?? undefined };
    const embedded = await embeddings.embed(request.actor, asked, callerSignal(reply));
    return presentEmbeddings(embedded, format);
  });
}
