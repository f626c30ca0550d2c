import type { ProjectId, TeamId } from '#shared/ids';
import type { RetrievalFilter } from './retrieval-filter.ts';
import type { ChunkText } from './retrieval.repository.ts';

export type RetrievalMode = 'lexical' | 'vector' | 'hybrid';

/** What a question follows on. */
export type FollowUp = {
  /** What the person asked before, oldest first. */
  readonly earlier: readonly string[];
  /** Asks a model for a query that stands alone; undefined where it has none. Not there where no model can. */
  readonly rewrite?: ((signal: AbortSignal) => Promise<string | undefined>) | undefined;
};

export type RetrieveInput = {
  readonly teamId: TeamId;
  readonly projectId: ProjectId;
  readonly query: string;
  /** What the query follows on in a conversation; as its project says, another one is then searched for. */
  readonly followUp?: FollowUp | undefined;
  /** Without it, as many passages as the setting says. */
  readonly topK?: number | undefined;
  /** Without it, the best that is configured. */
  readonly mode?: RetrievalMode | undefined;
  readonly filter?: RetrievalFilter | undefined;
  /** Passages before and after each, of its page and section, that are joined to it. */
  readonly neighbours?: number | undefined;
};

export type RetrievedPassage = ChunkText & { readonly score: number };

/** Best first; `mode` is how it was found, which for a hybrid question without an embedder is `lexical`. */
export type Retrieval = {
  readonly passages: readonly RetrievedPassage[];
  readonly mode: RetrievalMode;
  /** What was searched for: for a follow-up it may be another than was asked. */
  readonly query: string;
  /** Who made it of the question. */
  readonly rewriting: 'none' | 'words' | 'model';
};

/** Finds the passages of a project that answer a question; who may ask is for the caller to check. */
export type KnowledgeRetriever = {
  retrieve(input: RetrieveInput, signal: AbortSignal): Promise<Retrieval>;
};
