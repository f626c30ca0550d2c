/** Reads a question beside each of some texts, and says how well each answers it. */
export interface Reranker {
  readonly name: string;
  /** One score a text, in their order; higher is better. @throws AppError `external`, `timeout` */
  rerank(query: string, texts: readonly string[], signal: AbortSignal): Promise<readonly number[]>;
}
