export { createKnowledgeModule } from './knowledge.module.ts';
export type { DocumentService } from './documents/documents.service.ts';
export type {
  KnowledgeRetriever,
  Retrieval,
  RetrievalMode,
  RetrievedPassage,
  RetrieveInput,
} from './retrieval/knowledge-retriever.ts';
export type { SearchService } from './retrieval/search.service.ts';
