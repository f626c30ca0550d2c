import { create as contentDisposition } from 'content-disposition';
import type { App } from '#platform/http/app';
import { callerSignal } from '#platform/http/caller-signal';
import { readUploadedFile } from '#platform/http/multipart';
import {
  DocumentImport,
  DocumentParams,
  DocumentResponse,
  DocumentsParams,
  FileContent,
  keyOf,
  presentDocument,
} from './documents.schemas.ts';
import type { DocumentService } from './documents.service.ts';
import type { ImportDocumentService } from './import-document.service.ts';
import type { UploadDocumentService } from './upload-document.service.ts';

export type DocumentFileRoutesDependencies = {
  readonly documents: DocumentService;
  readonly uploads: UploadDocumentService;
  readonly imports: ImportDocumentService;
  readonly settings: { readonly maxUploadBytes: number };
};

const tags = ['documents'];
const config = { access: 'user' } as const;

const uploadDocument = {
  schema: {
    operationId: 'uploadDocument',
    summary: 'Upload a file and have it made searchable',
    description:
      'multipart/form-data with exactly one part: a file named `file`. Its content tells its type: PDF, DOCX, PPTX, XLSX, EPUB, e-mail, plain text, Markdown, HTML or CSV.',
    tags,
    consumes: ['multipart/form-data'],
    params: DocumentsParams,
    response: { 202: DocumentResponse },
  },
  config,
};
const importDocument = {
  schema: {
    operationId: 'importDocument',
    summary: 'Take a document from a public address and have it made searchable',
    description:
      'Follows up to 5 redirects, within 30 seconds in all. The title is that of the `Content-Disposition`, of the page, or the last part of the path.',
    tags,
    params: DocumentsParams,
    body: DocumentImport,
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
  { documents, uploads, imports, settings }: DocumentFileRoutesDependencies,
): void {
  app.post('/projects/:id/documents', uploadDocument, async (request, reply) => {
    const signal = callerSignal(reply);
    const file = await readUploadedFile(request, { maxBytes: settings.maxUploadBytes });
    const input = { projectId: request.params.id, ...file };
    const document = await uploads.upload(request.actor, input, signal);
    return reply.code(202).send(presentDocument(document));
  });

  app.post('/projects/:id/documents/import', importDocument, async (request, reply) => {
    const input = { projectId: request.params.id, url: request.body.url };
    const document = await imports.importFrom(request.actor, input, callerSignal(reply));
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
