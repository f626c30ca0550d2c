import type { FileLibrary } from '#modules/files';
import type { App } from '#platform/http/app';
import { callerSignal } from '#platform/http/caller-signal';
import { beginDownload } from '#platform/http/file-download';
import { readUploadedFile } from '#platform/http/multipart';
import { presentCursorPage, sliceRequest } from '../wire/cursor-page.schemas.ts';
import {
  OpenAiFileBytes,
  OpenAiFileDeletedResponse,
  OpenAiFileFilter,
  openAiFileId,
  OpenAiFileListResponse,
  OpenAiFileParams,
  OpenAiFileResponse,
  presentOpenAiFile,
  readExpiry,
} from './files.schemas.ts';

const tags = ['openai'];
const config = { access: 'user' } as const;
const FIELDS = ['purpose', 'expires_after[anchor]', 'expires_after[seconds]'];

const createFile = {
  schema: {
    operationId: 'createOpenAiFile',
    summary: 'Upload a file',
    description:
      'multipart/form-data with `file`, `purpose` and perhaps `expires_after[anchor]`, `expires_after[seconds]`.',
    tags,
    consumes: ['multipart/form-data'],
    response: { 200: OpenAiFileResponse },
  },
  config,
};
const listFiles = {
  schema: {
    operationId: 'listOpenAiFiles',
    summary: 'List the files of the team',
    tags,
    querystring: OpenAiFileFilter,
    response: { 200: OpenAiFileListResponse },
  },
  config,
};
const readFile = {
  schema: {
    operationId: 'getOpenAiFile',
    summary: 'Read what is known of a file',
    tags,
    params: OpenAiFileParams,
    response: { 200: OpenAiFileResponse },
  },
  config,
};
const downloadFile = {
  schema: {
    operationId: 'downloadOpenAiFile',
    summary: 'Download a file, or a range of its bytes',
    tags,
    params: OpenAiFileParams,
    response: { 200: OpenAiFileBytes, 206: OpenAiFileBytes },
  },
  config,
};
const deleteFile = {
  schema: {
    operationId: 'deleteOpenAiFile',
    summary: 'Delete a file, and take it out of every vector store',
    tags,
    params: OpenAiFileParams,
    response: { 200: OpenAiFileDeletedResponse },
  },
  config,
};

export function registerOpenAiFileRoutes(
  app: App,
  {
    library,
    settings,
  }: { readonly library: FileLibrary; readonly settings: { readonly maxUploadBytes: number } },
): void {
  app.post('/files', createFile, async (request, reply) => {
    const signal = callerSignal(reply);
    const form = { maxBytes: settings.maxUploadBytes, fields: FIELDS };
    const { fieldOf, ...upload } = await readUploadedFile(request, form);
    const describe = () => ({ purpose: fieldOf('purpose'), keepSeconds: readExpiry(fieldOf) });
    return presentOpenAiFile(await library.upload(request.actor, { ...upload, describe }, signal));
  });

  app.get('/files', listFiles, async (request) => {
    const slice = { ...sliceRequest(request.query), purpose: request.query.purpose };
    const files = await library.slice(request.actor, slice);
    return presentCursorPage(files, request.query, presentOpenAiFile);
  });

  app.get('/files/:file_id', readFile, async (request) =>
    presentOpenAiFile(await library.get(request.actor, { id: request.params.file_id })),
  );

  app.get('/files/:file_id/content', downloadFile, async (request, reply) => {
    const file = await library.get(request.actor, { id: request.params.file_id });
    const range = beginDownload(request, reply, file);
    return reply.send(await library.open(request.actor, { id: file.id, range }));
  });

  app.delete('/files/:file_id', deleteFile, async (request) => {
    const id = request.params.file_id;
    await library.remove(request.actor, { id });
    return { id: openAiFileId(id), object: 'file' as const, deleted: true as const };
  });
}
