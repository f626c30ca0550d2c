import { z } from 'zod';
import { text, upTo } from '#platform/http/schema-parts';
import type { EmbeddedTexts } from './embeddings.service.ts';

const MAX_NAME_LENGTH = 255;
const MAX_TEXT_LENGTH = 100_000;
const MAX_TEXTS = 2048;
/** As at OpenAI. */
const MAX_TOKENS = 8192;
/** More than any encoding has. */
const MAX_TOKEN = 1_000_000;
const MAX_DIMENSIONS = 100_000;

const inputText = text(MAX_TEXT_LENGTH).min(1);
const inputTokens = z.array(upTo(MAX_TOKEN)).min(1).max(MAX_TOKENS);

export const OpenAiEmbeddingRequest = z
  .strictObject({
    model: text(MAX_NAME_LENGTH).min(1).describe('The configured one, `EMBEDDING_MODEL`'),
    input: z
      .union([
        inputText,
        z.array(inputText).min(1).max(MAX_TEXTS),
        inputTokens,
        z.array(inputTokens).min(1).max(MAX_TEXTS),
      ])
      .describe('A text or a list of texts, each also as its tokens of cl100k_base'),
    encoding_format: z.enum(['float', 'base64']).nullish(),
    dimensions: z
      .int()
      .min(1)
      .max(MAX_DIMENSIONS)
      .nullish()
      .describe('Those that are configured, `EMBEDDING_DIMENSIONS`'),
    user: text(MAX_NAME_LENGTH).nullish(),
  })
  .meta({ id: 'OpenAiEmbeddingRequest' });

export type EmbeddingBody = z.output<typeof OpenAiEmbeddingRequest>;

/** The texts of a request, or their tokens, one by one. */
export function listInputs(input: EmbeddingBody['input']): readonly (string | readonly number[])[] {
  if (typeof input === 'string') return [input];
  const texts: (string | readonly number[])[] = [];
  const tokens: number[] = [];
  for (const each of input) {
    if (typeof each === 'number') tokens.push(each);
    else texts.push(each);
  }
  return tokens.length > 0 ? [tokens] : texts;
}

export const OpenAiEmbeddingResponse = z
  .object({
    object: z.literal('list'),
    model: z.string(),
    data: z.array(
      z.object({
        object: z.literal('embedding'),
        index: z.int(),
        embedding: z
          .union([z.array(z.number()), z.string()])
          .describe('Numbers, or base64 of 32-bit floats, the lowest byte first'),
      }),
    ),
    usage: z.object({ prompt_tokens: z.int(), total_tokens: z.int() }),
  })
  .meta({ id: 'OpenAiEmbeddingResponse' });

export function presentEmbeddings(
  { model, vectors, promptTokens }: EmbeddedTexts,
  format: EmbeddingBody['encoding_format'],
): z.input<typeof OpenAiEmbeddingResponse> {
  const present = format === 'base64' ? toBase64 : (vector: readonly number[]) => [...vector];
  return {
    object: 'list',
    model,
    data: vectors.map((vector, index) => ({
      object: 'embedding',
      index,
      embedding: present(vector),
    })),
    usage: { prompt_tokens: promptTokens, total_tokens: promptTokens },
  };
}

function toBase64(vector: readonly number[]): string {
  const bytes = new DataView(new ArrayBuffer(vector.length * Float32Array.BYTES_PER_ELEMENT));
  for (const [index, value] of vector.entries()) {
    bytes.setFloat32(index * Float32Array.BYTES_PER_ELEMENT, value, true);
  }
  return Buffer.from(bytes.buffer).toString('base64');
}
