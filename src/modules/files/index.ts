export { createFilesModule } from './files.module.ts';
export { FILE_PURPOSES, type FilePurpose } from './file-purpose.ts';
export type { FileRecord } from './file-record.ts';
export type { FileLibrary } from './file-library.service.ts';
export type { FileService, FileWriter, StoredFile, StoreFileInput } from './files.service.ts';
export type { Storage } from './storage.ts';
export type {
  CompletedUpload,
  UploadPartRecord,
  UploadRecord,
  UploadService,
} from './uploads/uploads.service.ts';
