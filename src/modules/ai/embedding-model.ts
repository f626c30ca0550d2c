/** Turns texts into vectors of one fixed length. */
export interface EmbeddingModel {
  readonly name: string;
  readonly dimensions: number;
  /** One vector a text, in order; a wrong count, length or value is thrown as AppError `external`. */
  embed(texts: readonly string[], signal: AbortSignal): Promise<readonly (readonly number[])[]>;
}
