import type { LLMock, Mountable } from '@copilotkit/aimock';
import { z } from 'zod';

const batch = z.object({ requests: z.array(z.unknown()) });

/** Gemini's call for several vectors at once, which the mock does not know. */
export function mountGeminiBatch(
  mock: LLMock,
  { model, values }: { model: string; values: number[] },
) {
  const mountable: Mountable = {
    async handleRequest(request, response) {
      let body = '';
      for await (const chunk of request) body += String(chunk);
      const { requests } = batch.parse(JSON.parse(body));
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ embeddings: requests.map(() => ({ values })) }));
      return true;
    },
  };
  mock.mount(`/v1beta/models/${model}:batchEmbedContents`, mountable);
}
