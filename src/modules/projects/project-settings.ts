import type { AgentId } from '#shared/ids';

/** How a project's passages are found; what is not said is as the deployment has it. */
export type RetrievalSettings = {
  readonly mode?: 'lexical' | 'vector' | 'hybrid' | undefined;
  /** Passages of a search that does not say how many. */
  readonly topK?: number | undefined;
  /** What a rank among the vectors counts in a hybrid search, where one among the words counts 1. */
  readonly vectorWeight?: number | undefined;
  readonly reranking?: 'none' | 'words' | 'model' | undefined;
  /** Passages before and after a found one that are shown with it. */
  readonly neighbours?: number | undefined;
  /** Who makes a query of a follow-up question; without it the model that answers, or its words where it cannot. */
  readonly queryRewriting?: 'none' | 'words' | 'model' | undefined;
};

export type ProjectSettings = {
  readonly retrieval?: RetrievalSettings | undefined;
  /** Who answers where a question names no agent. */
  readonly agentId?: AgentId | undefined;
};
