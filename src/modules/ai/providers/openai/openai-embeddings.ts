import type OpenAI from 'openai';
import { z } from 'zod';
import { unreadable } from '../endpoint-failure.ts';
import type { EmbeddingProtocol, SentVectors } from '../remote-embedding-model.ts';
import { readOpenAiError } from './read-openai-error.ts';

// OpenAI takes 300,000 tokens a request; passages of the largest usual size stay below it.
const TEXTS_PER_REQUEST = 96;
// Others refuse to be asked for a length that is not their own.
const SHORTENING_MODEL = /text-embedding-3/;

const embeddings = z.object({
  data: z.array(z.object({ index: z.number().int(), embedding: z.array(z.unknown()) })),
  // A figure that makes no sense is as good as none.
  usage: z.object({ prompt_tokens: z.number().int().nonnegative() }).nullish().catch(undefined),
});

type EmbeddingOptions = { readonly model: string; readonly dimensions: number };

/** Vectors by the OpenAI protocol. */
export function createOpenAiEmbeddings(
  getClient: () => Promise<OpenAI>,
  { model, dimensions }: EmbeddingOptions,
): EmbeddingProtocol {
  return {
    textsPerRequest: TEXTS_PER_REQUEST,
    readClientError: readOpenAiError,

    async embed(texts, signal) {
      const client = await getClient();
      const parameters = {
        model,
        input: [...texts],
        // The client asks for base64 by default, which not every endpoint knows.
        encoding_format: 'float' as const,
        ...(SHORTENING_MODEL.test(model) && { dimensions }),
      };
      return readEmbeddings(await client.embeddings.create(parameters, { signal }), texts.length);
    },
  };
}

/** The vectors in the order of their texts. */
function readEmbeddings(response: unknown, count: number): SentVectors {
  const parsed = embeddings.safeParse(response);
  if (!parsed.success) throw unreadable();
  const { data, usage } = parsed.data;
  const byIndex = new Map(data.map(({ index, embedding }) => [index, embedding]));
  const vectors = Array.from({ length: count }, (_, index) => {
    const vector = byIndex.get(index);
    if (!vector) throw unreadable();
    return vector;
  });
  return { vectors, promptTokens: usage?.prompt_tokens };
}
