import { estimateAll, type AiService } from '#modules/ai';
import { AppError, invalid } from '#platform/errors/app-error';
import { assertAllowed } from '#platform/errors/assert-allowed';
import type { Actor } from '#shared/actor';
import { loadTokenReader } from './read-tokens.ts';
import { unknownModel } from '../models/models.service.ts';

export type EmbedInput = {
  readonly model: string;
  /** Texts, or the tokens of texts. */
  readonly inputs: readonly (string | readonly number[])[];
  readonly dimensions: number | undefined;
};

export type EmbeddedTexts = {
  readonly model: string;
  readonly vectors: readonly (readonly number[])[];
  readonly promptTokens: number;
};

export type EmbeddingServiceDependencies = { readonly ai: Pick<AiService, 'getEmbeddingModel'> };

export type EmbeddingService = ReturnType<typeof createEmbeddingService>;

/** Vectors of texts, by the model that search takes as well. */
export function createEmbeddingService({ ai }: EmbeddingServiceDependencies) {
  return {
    /** @throws FORBIDDEN, NOT_FOUND, VALIDATION_ERROR, QUOTA_EXCEEDED, UNAVAILABLE where no embedder is configured */
    async embed(actor: Actor, input: EmbedInput, signal: AbortSignal): Promise<EmbeddedTexts> {
      assertAllowed(actor, 'chat.write');
      const embedder = ai.getEmbeddingModel();
      if (!embedder) throw notConfigured();
      if (input.model !== embedder.name) throw unknownModel(input.model);
      const { inputs, dimensions = embedder.dimensions } = input;
      if (dimensions !== embedder.dimensions) throw otherDimensions(embedder.dimensions);
      const texts = await readTexts(inputs);
      const { vectors, promptTokens } = await embedder.embed(texts, signal);
      return { model: embedder.name, vectors, promptTokens: promptTokens ?? estimateAll(texts) };
    },
  };
}

async function readTexts(inputs: EmbedInput['inputs']): Promise<readonly string[]> {
  const hasTokens = inputs.some((each) => typeof each !== 'string');
  const read = hasTokens ? await loadTokenReader() : String;
  return inputs.map((each) => (typeof each === 'string' ? each : read(each)));
}

function notConfigured(): AppError {
  return new AppError(
    'unavailable',
    'No model makes vectors here: the operator sets EMBEDDING_PROVIDER',
    { reason: 'embedder.missing' },
  );
}

function otherDimensions(dimensions: number): AppError {
  return invalid([{ field: 'dimensions', message: `The vectors here have ${dimensions}` }]);
}
