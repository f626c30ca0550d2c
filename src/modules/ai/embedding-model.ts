/** Turns texts into vectors of one fixed length. */
export interface EmbeddingModel {
  readonly name: string;
  readonly dimensions: number;
  /** One vector a text, in order; a wrong count, length or value is thrown as AppError `external`. */
  embed(texts: readonly string[], signal: AbortSignal): Promise<Embeddings>;
}

export type Embeddings = {
  readonly vectors: readonly (readonly number[])[];
  /** As the provider counted them; undefined where it did not. */
  readonly promptTokens?: number;
};
