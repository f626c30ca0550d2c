import type { UploadService } from '#modules/files';
import type { App } from '#platform/http/app';
import { callerSignal } from '#platform/http/caller-signal';
import { readUploadedFile } from '#platform/http/multipart';
import {
  OpenAiUploadComplete,
  OpenAiUploadCreate,
  OpenAiUploadParams,
  OpenAiUploadPartResponse,
  OpenAiUploadResponse,
  presentUpload,
  presentUploadPart,
} from './uploads.schemas.ts';

const tags = ['openai'];
const config = { access: 'user' } as const;

const createUpload = {
  schema: {
    operationId: 'createOpenAiUpload',
    summary: 'Begin an upload that comes in parts, within an hour',
    tags,
    body: OpenAiUploadCreate,
    response: { 200: OpenAiUploadResponse },
  },
  config: { ...config, isIdempotent: true },
};
const addPart = {
  schema: {
    operationId: 'addOpenAiUploadPart',
    summary: 'Add a part of at most 64 MB',
    description: 'multipart/form-data with exactly one part: a file named `data`.',
    tags,
    consumes: ['multipart/form-data'],
    params: OpenAiUploadParams,
    response: { 200: OpenAiUploadPartResponse },
  },
  config,
};
const completeUpload = {
  schema: {
    operationId: 'completeOpenAiUpload',
    summary: 'Make a file of the parts, in the order given',
    tags,
    params: OpenAiUploadParams,
    body: OpenAiUploadComplete,
    response: { 200: OpenAiUploadResponse },
  },
  config,
};
const cancelUpload = {
  schema: {
    operationId: 'cancelOpenAiUpload',
    summary: 'Give up an upload and its parts',
    tags,
    params: OpenAiUploadParams,
    response: { 200: OpenAiUploadResponse },
  },
  config,
};

export function registerOpenAiUploadRoutes(
  app: App,
  {
    uploads,
    settings,
  }: { readonly uploads: UploadService; readonly settings: { readonly maxUploadBytes: number } },
): void {
  app.post('/uploads', createUpload, async (request) => {
    const { filename: name, purpose, bytes, expires_after: expiry } = request.body;
    const input = { name, purpose, bytes, keepSeconds: expiry?.seconds };
    return presentUpload({ upload: await uploads.create(request.actor, input) });
  });

  app.post('/uploads/:upload_id/parts', addPart, async (request, reply) => {
    const signal = callerSignal(reply);
    const form = { maxBytes: settings.maxUploadBytes, part: 'data' };
    const { content } = await readUploadedFile(request, form);
    const input = { id: request.params.upload_id, content };
    return presentUploadPart(await uploads.addPart(request.actor, input, signal));
  });

  app.post('/uploads/:upload_id/complete', completeUpload, async (request, reply) => {
    const { part_ids: partIds, md5 } = request.body;
    const input = { id: request.params.upload_id, partIds, md5 };
    return presentUpload(await uploads.complete(request.actor, input, callerSignal(reply)));
  });

  app.post('/uploads/:upload_id/cancel', cancelUpload, async (request) =>
    presentUpload({
      upload: await uploads.cancel(request.actor, { id: request.params.upload_id }),
    }),
  );
}
