export { createKnowledgeModule } from './knowledge.module.ts';
export type { FailedDocument, FailureFilter } from './documents/failed-document.ts';
export type { FailedDocumentService } from './documents/failed-documents.service.ts';
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
export type { RetrievalReport } from './evaluation/evaluation.service.ts';
export { METRIC_NAMES, type MetricName } from './evaluation/rank-metrics.ts';
export { readCollection } from './evaluation/read-collection.ts';
export type { AttributeFilter } from './retrieval/attribute-filter.ts';
export type { ReadText } from './parsing/read-text.ts';
export { joinChunks } from './project-files/join-chunks.ts';
export { relevanceOf } from './retrieval/relevance.ts';
export type {
  KnowledgeRetriever,
  Retrieval,
  RetrievalMode,
  RetrievedPassage,
  RetrieveInput,
} from './retrieval/knowledge-retriever.ts';
export type { Reranker } from './retrieval/reranker.ts';
export type { SearchService } from './retrieval/search.service.ts';
