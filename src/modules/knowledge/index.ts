export { createKnowledgeModule } from './knowledge.module.ts';
export type { DocumentService } from './documents/documents.service.ts';
export type {
  DocumentBatch,
  DocumentBatchService,
} from './project-files/document-batches.service.ts';
export type {
  DocumentSource,
  ProjectContents,
  ProjectFile,
  ProjectFileService,
} from './project-files/project-files.service.ts';
export type { AttributeFilter } from './retrieval/attribute-filter.ts';
export { relevanceOf } from './retrieval/relevance.ts';
export type {
  KnowledgeRetriever,
  Retrieval,
  RetrievalMode,
  RetrievedPassage,
  RetrieveInput,
} from './retrieval/knowledge-retriever.ts';
export type { SearchService } from './retrieval/search.service.ts';
