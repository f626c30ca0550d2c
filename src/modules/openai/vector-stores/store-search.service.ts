import {
  relevanceOf,
  type AttributeFilter,
  type DocumentSource,
  type ProjectFileService,
  type RetrievedPassage,
  type SearchService,
} from '#modules/knowledge';
import type { Actor } from '#shared/actor';
import type { ProjectId } from '#shared/ids';

export type StoreSearchService = ReturnType<typeof createStoreSearchService>;

export type StoreSearchInput = {
  readonly projectId: ProjectId;
  readonly queries: readonly string[];
  readonly limit: number;
  /** The least relevance that a result may have. */
  readonly threshold: number;
  readonly filter: AttributeFilter | undefined;
};

type Relevant = RetrievedPassage & { readonly relevance: number };

export type StoreSearch = {
  readonly queries: readonly string[];
  readonly results: readonly (Relevant & DocumentSource)[];
};

export type StoreSearchServiceDependencies = {
  readonly search: Pick<SearchService, 'search'>;
  readonly projectFiles: Pick<ProjectFileService, 'listSources'>;
};

/** Searches of a project, by several questions at once, with the files that the passages are from. */
export function createStoreSearchService({ search, projectFiles }: StoreSearchServiceDependencies) {
  /** @throws NOT_FOUND for the project, QUOTA_EXCEEDED */
  async function run(
    actor: Actor,
    { queries, limit, threshold, ...input }: StoreSearchInput,
    signal: AbortSignal,
  ): Promise<StoreSearch> {
    const best = new Map<string, Relevant>();
    for (const query of queries) {
      for (const passage of await find(actor, { ...input, query, limit }, signal)) {
        const known = best.get(passage.chunkId);
        if (!known || known.relevance < passage.relevance) best.set(passage.chunkId, passage);
      }
    }
    const ranked = [...best.values()]
      .filter(({ relevance }) => relevance >= threshold)
      .toSorted((a, b) => b.relevance - a.relevance)
      .slice(0, limit);
    return { queries, results: await withSources(actor, ranked) };
  }

  async function find(
    actor: Actor,
    input: Pick<StoreSearchInput, 'projectId' | 'limit' | 'filter'> & { readonly query: string },
    signal: AbortSignal,
  ): Promise<readonly Relevant[]> {
    const { projectId, query, limit: topK, filter: attributes } = input;
    const asked = { projectId, query, topK, filter: attributes && { attributes } };
    const { passages, mode } = await search.search(actor, asked, signal);
    return passages.map((passage) => ({
      ...passage,
      relevance: relevanceOf(passage.score, mode),
    }));
  }

  /** A passage whose document went away meanwhile is left out. */
  async function withSources(actor: Actor, passages: readonly Relevant[]) {
    const ids = [...new Set(passages.map(({ documentId }) => documentId))];
    const sources = await projectFiles.listSources(actor, ids);
    const byId = new Map(sources.map((source) => [source.documentId, source]));
    return passages.flatMap((passage) => {
      const source = byId.get(passage.documentId);
      return source ? [{ ...passage, ...source }] : [];
    });
  }

  return { search: run };
}
