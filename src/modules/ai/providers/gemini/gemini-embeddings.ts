import { z } from 'zod';
import { unreadable } from '../endpoint-failure.ts';
import type { EmbeddingProtocol } from '../remote-embedding-model.ts';
import type { GeminiClient } from './gemini-client.ts';
import { readGeminiError } from './read-gemini-error.ts';

// The most that one call may carry.
const TEXTS_PER_REQUEST = 100;

const embeddings = z.object({
  embeddings: z.array(z.object({ values: z.array(z.unknown()) })),
  usageMetadata: z
    .object({ promptTokenCount: z.number().int().nonnegative() })
    .nullish()
    .catch(undefined),
});

type EmbeddingOptions = { readonly model: string; readonly dimensions: number };

export function createGeminiEmbeddings(
  getClient: () => Promise<GeminiClient>,
  { model, dimensions }: EmbeddingOptions,
): EmbeddingProtocol {
  return {
    textsPerRequest: TEXTS_PER_REQUEST,
    readClientError: readGeminiError,

    async embed(texts, signal) {
      const { models } = await getClient();
      const response = await models.embedContent({
        model,
        // Plain strings would become the parts of one text.
        contents: texts.map((text) => ({ role: 'user', parts: [{ text }] })),
        config: { outputDimensionality: dimensions, abortSignal: signal },
      });
      const parsed = embeddings.safeParse(response);
      if (!parsed.success) throw unreadable();
      return {
        vectors: parsed.data.embeddings.map(({ values }) => values),
        promptTokens: parsed.data.usageMetadata?.promptTokenCount,
      };
    },
  };
}
