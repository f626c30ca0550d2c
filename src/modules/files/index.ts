export { createFilesModule } from './files.module.ts';
export type { FileService, FileWriter, StoredFile, StoreFileInput } from './files.service.ts';
export type { Storage } from './storage.ts';
