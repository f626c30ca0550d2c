import { z } from 'zod';
import type { Clock } from '#platform/clock/clock';
import { AppError } from '#platform/errors/app-error';
import type { EmbeddingModel, Embeddings } from '../../embedding-model.ts';
import { createAttemptPolicy, waitForRetry, type AttemptPolicy } from './attempts.ts';
import { createDeadline, type Deadline } from './deadline.ts';
import { describeEndpointFailure, unreadable } from './endpoint-failure.ts';
import { createClientLoader, type OpenAiEndpoint } from './openai-endpoint.ts';

export type OpenAiEmbeddingSettings = OpenAiEndpoint & {
  readonly model: string;
  readonly dimensions: number;
};

type Dependencies = { readonly clock: Clock; readonly policy?: AttemptPolicy };

// OpenAI takes 300,000 tokens a request; passages of the largest usual size stay below it.
const TEXTS_PER_REQUEST = 96;
// Others refuse to be asked for a length that is not their own.
const SHORTENING_MODEL = /^text-embedding-3/;

const embeddings = z.object({
  data: z.array(z.object({ index: z.number().int(), embedding: z.array(z.unknown()) })),
  // A figure that makes no sense is as good as none.
  usage: z.object({ prompt_tokens: z.number().int().nonnegative() }).nullish().catch(undefined),
});

/** An embedder behind any endpoint that speaks the OpenAI protocol. */
export function createOpenAiEmbeddingModel(
  settings: OpenAiEmbeddingSettings,
  { clock, policy = createAttemptPolicy(settings.attempts) }: Dependencies,
): EmbeddingModel {
  const { model, dimensions, timeoutMs } = settings;
  const loadClient = createClientLoader(settings);

  async function request(input: readonly string[], deadline: Deadline) {
    const client = await loadClient();
    const parameters = {
      model,
      input: [...input],
      // The client asks for base64 by default, which not every endpoint knows.
      encoding_format: 'float' as const,
      ...(SHORTENING_MODEL.test(model) && { dimensions }),
    };
    const response: unknown = await deadline.guard(deadline.leftMs(), () =>
      client.embeddings.create(parameters, { signal: deadline.signal }),
    );
    return readEmbeddings(response, { count: input.length, dimensions });
  }

  async function embedBatch(input: readonly string[], signal: AbortSignal) {
    const deadline = createDeadline(signal, { limitMs: timeoutMs, clock });
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await request(input, deadline);
      } catch (error) {
        deadline.throwIfOver();
        const failure = describeEndpointFailure(error, { hasBegun: false });
        await waitForRetry({ failure, attempt, deadline }, policy);
      }
    }
  }

  return {
    name: model,
    dimensions,
    async embed(texts, signal) {
      const batches: Embeddings[] = [];
      for (let start = 0; start < texts.length; start += TEXTS_PER_REQUEST) {
        signal.throwIfAborted();
        batches.push(await embedBatch(texts.slice(start, start + TEXTS_PER_REQUEST), signal));
      }
      return joinBatches(batches);
    },
  };
}

/** The vectors in the order of their texts. */
function readEmbeddings(
  response: unknown,
  { count, dimensions }: { count: number; dimensions: number },
): Embeddings {
  const parsed = embeddings.safeParse(response);
  if (!parsed.success) throw unreadable();
  const { data, usage } = parsed.data;
  const byIndex = new Map(data.map(({ index, embedding }) => [index, embedding]));
  const vectors = Array.from({ length: count }, (_, index) => {
    const vector = byIndex.get(index);
    if (!vector) throw unreadable();
    if (vector.length !== dimensions) throw wrongLength(vector.length, dimensions);
    if (!isNumeric(vector)) throw unreadable();
    return vector;
  });
  return { vectors, ...(usage && { promptTokens: usage.prompt_tokens }) };
}

/** Tokens are told only where every batch told them. */
function joinBatches(batches: readonly Embeddings[]): Embeddings {
  const vectors = batches.flatMap((batch) => batch.vectors);
  let promptTokens: number | undefined = 0;
  for (const batch of batches) {
    if (promptTokens === undefined || batch.promptTokens === undefined) promptTokens = undefined;
    else promptTokens += batch.promptTokens;
  }
  return { vectors, ...(promptTokens !== undefined && { promptTokens }) };
}

function isNumeric(values: readonly unknown[]): values is readonly number[] {
  return values.every((value) => Number.isFinite(value));
}

function wrongLength(length: number, dimensions: number): AppError {
  const message = `The model endpoint sent vectors of ${length} numbers where EMBEDDING_DIMENSIONS says ${dimensions}`;
  return new AppError('external', message, { reason: 'upstream_error' });
}
