import type { FileLibrary, FileService, UploadService } from '#modules/files';
import type { DocumentBatchService, ProjectFileService, SearchService } from '#modules/knowledge';
import type { ProjectService } from '#modules/projects';
import type { App } from '#platform/http/app';
import { registerOpenAiFileRoutes } from './files/files.routes.ts';
import { registerOpenAiUploadRoutes } from './uploads/uploads.routes.ts';
import type { ChunkingSettings } from './vector-stores/chunking.ts';
import { registerFileBatchRoutes } from './vector-stores/file-batches.routes.ts';
import { registerVectorStoreSearchRoutes } from './vector-stores/search.routes.ts';
import { createStoreSearchService } from './vector-stores/store-search.service.ts';
import { registerVectorStoreFileRoutes } from './vector-stores/vector-store-files.routes.ts';
import { registerVectorStoreRoutes } from './vector-stores/vector-stores.routes.ts';
import { createVectorStoreService } from './vector-stores/vector-stores.service.ts';

export type StorageDependencies = {
  readonly projects: Pick<ProjectService, 'create' | 'get' | 'slice' | 'update' | 'remove'>;
  readonly files: FileService;
  readonly library: FileLibrary;
  readonly uploads: UploadService;
  readonly projectFiles: ProjectFileService;
  readonly batches: DocumentBatchService;
  readonly search: Pick<SearchService, 'search'>;
  readonly settings: ChunkingSettings & { readonly maxUploadBytes: number };
};

/** Files, uploads and vector stores as OpenAI's clients know them. */
export function createStoragePart(dependencies: StorageDependencies) {
  const vectorStores = createVectorStoreService(dependencies);
  const storeSearch = createStoreSearchService(dependencies);
  return {
    registerRoutes(app: App): void {
      registerOpenAiFileRoutes(app, dependencies);
      registerOpenAiUploadRoutes(app, dependencies);
      registerVectorStoreRoutes(app, { ...dependencies, vectorStores });
      registerVectorStoreFileRoutes(app, dependencies);
      registerFileBatchRoutes(app, dependencies);
      registerVectorStoreSearchRoutes(app, { storeSearch });
    },
  };
}
