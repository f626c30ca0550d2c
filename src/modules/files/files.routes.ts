import { z } from 'zod';
import type { App } from '#platform/http/app';
import { callerSignal } from '#platform/http/caller-signal';
import { beginDownload } from '#platform/http/file-download';
import { readUploadedFile } from '#platform/http/multipart';
import { pageRequest, presentPage, sortOf } from '#platform/http/schema-parts';
import type { FileLibrary } from './file-library.service.ts';
import {
  FileBytes,
  FileFilter,
  FileListResponse,
  FileParams,
  FileResponse,
  presentFile,
} from './files.schemas.ts';

const tags = ['files'];
const config = { access: 'user' } as const;

const uploadFile = {
  schema: {
    operationId: 'uploadFile',
    summary: 'Upload a file',
    description:
      'multipart/form-data with a file named `file`, and perhaps a field `purpose`; `user_data` without it.',
    tags,
    consumes: ['multipart/form-data'],
    response: { 201: FileResponse },
  },
  config,
};
const listFiles = {
  schema: {
    operationId: 'listFiles',
    summary: 'List the files of the active team, without those of documents',
    tags,
    querystring: FileFilter,
    response: { 200: FileListResponse },
  },
  config,
};
const getFile = {
  schema: {
    operationId: 'getFile',
    summary: 'Read what is known of a file',
    tags,
    params: FileParams,
    response: { 200: FileResponse },
  },
  config,
};
const downloadFile = {
  schema: {
    operationId: 'downloadFile',
    summary: 'Download a file, or a range of its bytes',
    tags,
    params: FileParams,
    response: { 200: FileBytes, 206: FileBytes },
  },
  config,
};
const deleteFile = {
  schema: {
    operationId: 'deleteFile',
    summary: 'Move a file to the trash, and its documents out of their projects',
    tags,
    params: FileParams,
    response: { 204: z.void() },
  },
  config,
};
const restoreFile = {
  schema: {
    operationId: 'restoreFile',
    summary: 'Take a file out of the trash',
    tags,
    params: FileParams,
    response: { 200: FileResponse },
  },
  config,
};

export function registerFileRoutes(
  app: App,
  {
    library,
    settings,
  }: { readonly library: FileLibrary; readonly settings: { readonly maxUploadBytes: number } },
): void {
  app.post('/files', uploadFile, async (request, reply) => {
    const signal = callerSignal(reply);
    const form = { maxBytes: settings.maxUploadBytes, fields: ['purpose'] };
    const { fieldOf, ...upload } = await readUploadedFile(request, form);
    const describe = () => ({ purpose: fieldOf('purpose') ?? 'user_data' });
    const file = await library.upload(request.actor, { ...upload, describe }, signal);
    return reply.code(201).send(presentFile(file));
  });

  app.get('/files', listFiles, async (request) => {
    const { deleted: isDeleted, purpose } = request.query;
    const listing = { ...pageRequest(request.query), sort: sortOf(request.query) };
    const page = await library.list(request.actor, { ...listing, isDeleted, purpose });
    return presentPage(page, presentFile);
  });

  app.get('/files/:id', getFile, async (request) =>
    presentFile(await library.get(request.actor, request.params)),
  );

  app.get('/files/:id/content', downloadFile, async (request, reply) => {
    const file = await library.get(request.actor, request.params);
    const range = beginDownload(request, reply, file);
    return reply.send(await library.open(request.actor, { id: file.id, range }));
  });

  app.delete('/files/:id', deleteFile, async (request, reply) => {
    await library.remove(request.actor, request.params);
    return reply.code(204).send();
  });

  app.post('/files/:id/restore', restoreFile, async (request) =>
    presentFile(await library.restore(request.actor, request.params)),
  );
}
