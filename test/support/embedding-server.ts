import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import { z } from 'zod';
import { createWordEmbedder } from './word-embedder.ts';

const Request = z.object({
  model: z.string(),
  input: z.union([z.string().transform((text) => [text]), z.array(z.string())]),
});
const NEVER = new AbortController().signal;

export type EmbeddingServer = { readonly baseUrl: string; close(): Promise<void> };

/**
 * An endpoint of embedding models with OpenAI's wire protocol. Texts are near each other by the words they share, but
 * the vectors of the model `opposite` point the other way: who compares them with another model's finds what is
 * farthest.
 */
export async function startEmbeddingServer(): Promise<EmbeddingServer> {
  const embedder = createWordEmbedder();

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { model, input } = Request.parse(await json(request));
    const { vectors } = await embedder.embed(input, NEVER);
    const sign = model === 'opposite' ? -1 : 1;
    const data = vectors.map((vector, index) => ({
      object: 'embedding',
      index,
      embedding: vector.map((value) => sign * value),
    }));
    const usage = { prompt_tokens: input.length, total_tokens: input.length };
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ object: 'list', model, data, usage }));
  }

  const server = createServer((request, response) => void answer(request, response));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  return {
    baseUrl: `http://127.0.0.1:${port}/v1`,
    async close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
