import { Readable } from 'node:stream';
import { AppError } from '#platform/errors/app-error';
import type { HttpClient } from '#platform/http-client/http-client';
import type { Actor } from '#shared/actor';
import type { ProjectId } from '#shared/ids';
import type { ProjectReader } from '../project-reader.ts';
import { assertCanWriteDocuments } from './documents.policy.ts';
import type { DocumentRecord } from './documents.repository.ts';
import { nameDownload } from './name-download.ts';
import type { UploadDocumentService } from './upload-document.service.ts';

export type ImportDocumentService = ReturnType<typeof createImportDocumentService>;

export type ImportDocumentInput = { readonly projectId: ProjectId; readonly url: string };

export type ImportDocumentDependencies = {
  readonly projects: ProjectReader;
  readonly uploads: Pick<UploadDocumentService, 'upload'>;
  readonly httpClient: Pick<HttpClient, 'download'>;
  readonly settings: { readonly maxUploadBytes: number };
};

const MAX_REDIRECTS = 5;
const HEAD_BYTES = 65_536;
const OK = 200;

export function createImportDocumentService(dependencies: ImportDocumentDependencies) {
  const { projects, uploads, httpClient, settings } = dependencies;

  return {
    /**
     * Takes a document from a public address, which then goes the way of an uploaded one. It is not held in memory.
     * @throws as an upload does; VALIDATION_ERROR `url_not_allowed`, EXTERNAL_SERVICE_ERROR `fetch_failed` and
     * `response_too_large`
     */
    async importFrom(
      actor: Actor,
      { projectId, url }: ImportDocumentInput,
      signal: AbortSignal,
    ): Promise<DocumentRecord> {
      await projects.get(actor, { id: projectId });
      assertCanWriteDocuments(actor);
      const download = await httpClient.download(url, {
        headers: { accept: '*/*' },
        maxRedirects: MAX_REDIRECTS,
        maxResponseBytes: settings.maxUploadBytes,
        signal,
      });
      const { head, content } = await peek(download.body);
      if (download.status !== OK) {
        content.destroy();
        throw notFetched(download.status);
      }
      const name = nameDownload(download, head);
      return uploads.upload(actor, { projectId, name, content }, signal);
    },
  };
}

/** The start of a body, and all of it. */
async function peek(body: AsyncIterable<Buffer>): Promise<{ head: Buffer; content: Readable }> {
  const iterator = body[Symbol.asyncIterator]();
  const parts: Buffer[] = [];
  let bytes = 0;
  while (bytes < HEAD_BYTES) {
    const { done, value } = await iterator.next();
    if (done) break;
    parts.push(value);
    bytes += value.length;
  }
  async function* all(): AsyncGenerator<Buffer> {
    yield* parts;
    yield* { [Symbol.asyncIterator]: () => iterator };
  }
  const content = Readable.from(all(), { objectMode: false });
  // One that is given up before it was read at all has no generator that could end the download.
  content.once('close', () => void iterator.return?.());
  return { head: Buffer.concat(parts), content };
}

function notFetched(status: number): AppError {
  return new AppError('external', `The address answered with status ${status}`, {
    reason: 'fetch_failed',
    retryable: false,
  });
}
