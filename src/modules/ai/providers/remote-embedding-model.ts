import { AppError } from '#platform/errors/app-error';
import type { EmbeddingModel, Embeddings } from '../embedding-model.ts';
import { createEndpointCaller } from './call-endpoint.ts';
import type { CallDependencies } from './call-settings.ts';
import { unreadable, type ReadClientError } from './endpoint-failure.ts';

/** How one kind of endpoint is asked for vectors; everything around a call is the same for all. */
export interface EmbeddingProtocol {
  readonly textsPerRequest: number;
  /** One vector a text, in order; whether they are what they should be is looked at here. */
  embed(texts: readonly string[], signal: AbortSignal): Promise<SentVectors>;
  readonly readClientError: ReadClientError;
}

export type SentVectors = {
  readonly vectors: readonly (readonly unknown[])[];
  /** As the endpoint counted them. */
  readonly promptTokens?: number | undefined;
};

type RemoteEmbedder = {
  readonly name: string;
  readonly dimensions: number;
  readonly protocol: EmbeddingProtocol;
};

/** An embedder behind an endpoint: in batches, with attempts, and with its vectors checked. */
export function createRemoteEmbeddingModel(
  { name, dimensions, protocol }: RemoteEmbedder,
  dependencies: CallDependencies,
): EmbeddingModel {
  const { textsPerRequest } = protocol;
  const callEndpoint = createEndpointCaller(dependencies, protocol.readClientError);

  async function embedBatch(texts: readonly string[], callerSignal: AbortSignal) {
    const sent = await callEndpoint((signal) => protocol.embed(texts, signal), callerSignal);
    return checkVectors(sent, { count: texts.length, dimensions });
  }

  return {
    name,
    dimensions,
    async embed(texts, signal) {
      const batches: Embeddings[] = [];
      for (let start = 0; start < texts.length; start += textsPerRequest) {
        signal.throwIfAborted();
        batches.push(await embedBatch(texts.slice(start, start + textsPerRequest), signal));
      }
      return joinBatches(batches);
    },
  };
}

function checkVectors(
  { vectors, promptTokens }: SentVectors,
  { count, dimensions }: { count: number; dimensions: number },
): Embeddings {
  if (vectors.length !== count) throw unreadable();
  const checked = vectors.map((vector) => {
    if (vector.length !== dimensions) throw wrongLength(vector.length, dimensions);
    if (!isNumeric(vector)) throw unreadable();
    return vector;
  });
  // Endpoints that do not count say zero.
  return { vectors: checked, ...(promptTokens && { promptTokens }) };
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
