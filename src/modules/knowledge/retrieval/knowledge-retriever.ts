import type { ProjectId, TeamId } from '#shared/ids';
import type { ChunkText, RetrievalFilter } from './retrieval.repository.ts';

export type RetrievalMode = 'lexical' | 'vector' | 'hybrid';

export type RetrieveInput = {
  readonly teamId: TeamId;
  readonly projectId: ProjectId;
  readonly query: string;
  /** Without it, as many passages as the setting says. */
  readonly topK?: number | undefined;
  /** Without it, the best that is configured. */
  readonly mode?: RetrievalMode | undefined;
  readonly filter?: RetrievalFilter | undefined;
};

export type RetrievedPassage = ChunkText & { readonly score: number };

/** Best first; `mode` is how it was found, which for a hybrid question without an embedder is `lexical`. */
export type Retrieval = {
  readonly passages: readonly RetrievedPassage[];
  readonly mode: RetrievalMode;
};

/** Finds the passages of a project that answer a question; who may ask is for the caller to check. */
export type KnowledgeRetriever = {
  retrieve(input: RetrieveInput, signal: AbortSignal): Promise<Retrieval>;
};
