import { z } from 'zod';

export type EmbedderName = 'openai' | 'litellm' | 'gemini';

/** How one kind of endpoint is asked for vectors, and answers. */
export type EmbeddingWire = {
  readonly textsPerCall: number;
  readonly textsOf: (body: string) => readonly string[];
  readonly answer: (vectors: readonly unknown[]) => string;
};

const openAiCall = z.object({ input: z.array(z.string()) });
const geminiCall = z.object({
  requests: z.array(
    z.object({
      outputDimensionality: z.literal(3),
      content: z.object({ parts: z.tuple([z.object({ text: z.string() })]) }),
    }),
  ),
});

const openai: EmbeddingWire = {
  textsPerCall: 96,
  textsOf: (body) => openAiCall.parse(JSON.parse(body)).input,
  answer: (vectors) =>
    JSON.stringify({
      data: vectors.map((embedding, index) => ({ index, embedding })),
      usage: { prompt_tokens: 7 },
    }),
};

const gemini: EmbeddingWire = {
  textsPerCall: 100,
  textsOf: (body) =>
    geminiCall.parse(JSON.parse(body)).requests.map(({ content }) => content.parts[0].text),
  answer: (vectors) =>
    JSON.stringify({
      embeddings: vectors.map((values) => ({ values })),
      usageMetadata: { promptTokenCount: 7 },
    }),
};

export const EMBEDDING_WIRES: Readonly<Record<EmbedderName, EmbeddingWire>> = {
  openai,
  litellm: openai,
  gemini,
};
