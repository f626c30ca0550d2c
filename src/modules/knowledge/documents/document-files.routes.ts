import { create as contentDisposition } from 'content-disposition';
import type { App } from '#platform/http/app';
import { callerSignal } from '#platform/http/caller-signal';
import { readUploadedFile } from '#platform/http/multipart';
import {
  DocumentParams,
  DocumentResponse,
  DocumentsParams,
  FileContent,
  keyOf,
  presentDocument,
} from './documents.schemas.ts';
import type { DocumentService } from './documents.service.ts';
import type { UploadDocumentService } from './upload-document.service.ts';

export type DocumentFileRoutesDependencies = {
  readonly documents: DocumentService;
  readonly uploads: UploadDocumentService;
  readonly settings: { readonly maxUploadBytes: number };
};

const tags = ['documents'];
const config = { access: 'user' } as const;

const uploadDocument = {
  schema: {
    operationId: 'uploadDocument',
    summary: 'Upload a file and have it made searchable',
    description: 'multipart/form-data with exactly one part: a file named `file`.',
    tags,
    consumes: ['multipart/form-data'],
    params: DocumentsParams,
    response: { 202: DocumentResponse },
  },
  config,
};
const downloadDocument = {
  schema: {
    operationId: 'downloadDocument',
    summary: 'Download the file as it was uploaded',
    tags,
    params: DocumentParams,
    response: { 200: FileContent },
  },
  config,
};

/** The files behind documents: in as a stream, out as a stream. */
export function registerDocumentFileRoutes(
  app: App,
  { documents, uploads, settings }: DocumentFileRoutesDependencies,
): void {
  app.post('/projects/:id/documents', uploadDocument, async (request, reply) => {
    const signal = callerSignal(reply);
    const file = await readUploadedFile(request, { maxBytes: settings.maxUploadBytes });
    const input = { projectId: request.params.id, ...file };
    const document = await uploads.upload(request.actor, input, signal);
    return reply.code(202).send(presentDocument(document));
  });

  app.get(
    '/projects/:id/documents/:document_id/content',
    downloadDocument,
    async (request, reply) => {
      const { document, content } = await documents.open(request.actor, keyOf(request.params));
      return reply
        .header('content-type', document.mimeType)
        .header('content-length', document.bytes)
        .header('content-disposition', contentDisposition(document.title))
        .header('x-content-type-options', 'nosniff')
        .send(content);
    },
  );
}
