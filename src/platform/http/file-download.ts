import { create as contentDisposition } from 'content-disposition';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { HttpError } from './http-error.ts';

/** What a client is told of a file before its bytes. */
export type DownloadedFile = {
  readonly name: string;
  readonly mimeType: string;
  readonly bytes: number;
  readonly sha256: string;
};

/** The first and the last byte, both counted from 0. */
type Range = { readonly first: number; readonly last: number };

const ONE_RANGE = /^bytes=(\d*)-(\d*)$/;
const PARTIAL_CONTENT = 206;

/**
 * Writes the headers of a download, which no browser shows in place, and tells the range that was asked for;
 * undefined for all of it. Several ranges at once are answered with all of it.
 * @throws RANGE_NOT_SATISFIABLE
 */
export function beginDownload(
  request: FastifyRequest,
  reply: FastifyReply,
  file: DownloadedFile,
): Range | undefined {
  const etag = `"${file.sha256}"`;
  const range = isForThis(request.headers['if-range'], etag)
    ? readRange(request.headers.range, file.bytes, reply)
    : undefined;
  reply
    .header('content-type', file.mimeType)
    .header('content-disposition', contentDisposition(file.name))
    .header('x-content-type-options', 'nosniff')
    .header('accept-ranges', 'bytes')
    .header('etag', etag);
  if (!range) {
    reply.header('content-length', file.bytes);
    return undefined;
  }
  reply
    .code(PARTIAL_CONTENT)
    .header('content-length', range.last - range.first + 1)
    .header('content-range', `bytes ${range.first}-${range.last}/${file.bytes}`);
  return range;
}

function isForThis(ifRange: string | readonly string[] | undefined, etag: string): boolean {
  return ifRange === undefined || ifRange === etag;
}

function readRange(
  header: string | undefined,
  bytes: number,
  reply: FastifyReply,
): Range | undefined {
  const [, from = '', to = ''] = ONE_RANGE.exec(header ?? '') ?? [];
  const isBackwards = from !== '' && to !== '' && Number(to) < Number(from);
  if ((from === '' && to === '') || isBackwards) return undefined;
  const range = from === '' ? lastBytes(Number(to), bytes) : bytesFrom(Number(from), to, bytes);
  if (range.first <= range.last) return range;
  reply.header('content-range', `bytes */${bytes}`);
  throw new HttpError('range_not_satisfiable', `The file has ${bytes} bytes`);
}

function lastBytes(count: number, bytes: number): Range {
  return { first: Math.max(0, bytes - count), last: bytes - 1 };
}

function bytesFrom(first: number, to: string, bytes: number): Range {
  return { first, last: to === '' ? bytes - 1 : Math.min(Number(to), bytes - 1) };
}
