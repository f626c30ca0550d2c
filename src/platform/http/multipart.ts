import { Readable } from 'node:stream';
import { Busboy, type BusboyFileStream, type BusboyInstance } from '@fastify/busboy';
import type { FastifyRequest } from 'fastify';
import { AppError, invalid } from '#platform/errors/app-error';
import { watchBodySpeed, type BodySpeed } from './body-speed.ts';
import { HttpError } from './http-error.ts';

export type UploadedFile = {
  /** Base name, for people: no path, no control characters. */
  readonly name: string;
  /**
   * The bytes as they come. It ends only when the whole form was read and was right; otherwise it
   * fails, with the error that the caller is to see.
   */
  readonly content: Readable;
};

const FIELD = 'file';
const MAX_NAME_LENGTH = 255;
/** Boundaries and part headers around the bytes of a file that is just within its limit. */
const FORM_OVERHEAD_BYTES = 16_384;
const MAX_PART_HEADERS = 20;
const CHUNK_BYTES = 65_536;
// oxlint-disable-next-line no-control-regex -- control characters are what it takes out
const UNSAFE_IN_NAMES = /[\u0000-\u001f\u007f\u202a-\u202e\u2066-\u2069]/g;
/** An upload may be slow, but not as slow as one that only holds the connection. */
const UPLOAD_SPEED: BodySpeed = { windowMs: 15_000, minimumBytes: 15_000 };

/**
 * Reads a form that must have exactly one part, a file named `file`, without holding it in memory.
 * @throws UNSUPPORTED_MEDIA_TYPE, PAYLOAD_TOO_LARGE, VALIDATION_ERROR, BAD_REQUEST
 */
export async function readUploadedFile(
  request: FastifyRequest,
  { maxBytes, speed = UPLOAD_SPEED }: { readonly maxBytes: number; readonly speed?: BodySpeed },
): Promise<UploadedFile> {
  const { raw } = request;
  if (Number(raw.headers['content-length'] ?? 0) > maxBytes + FORM_OVERHEAD_BYTES) {
    throw tooLarge(maxBytes);
  }
  const parser = createParser(request.headers['content-type'], maxBytes);
  const found = Promise.withResolvers<UploadedFile>();
  const form = Promise.withResolvers<void>();
  form.promise.catch(() => undefined);
  let part: BusboyFileStream | undefined;

  function fail(error: Error): void {
    raw.unpipe(parser);
    raw.pause();
    form.reject(error);
    found.reject(error);
    part?.destroy(error);
  }

  parser.on('file', (field, stream, fileName) => {
    part = stream;
    stream.on('error', () => fail(unreadable()));
    stream.on('limit', () => fail(tooLarge(maxBytes)));
    const name = sanitizeFileName(fileName ?? '');
    if (field !== FIELD || name === '') return fail(onlyOneFile());
    const content = Readable.from(readPart(stream, form.promise), {
      objectMode: false,
      highWaterMark: CHUNK_BYTES,
    });
    content.once('close', () => raw.unpipe(parser));
    return found.resolve({ name, content });
  });
  for (const event of ['field', 'fieldsLimit', 'filesLimit', 'partsLimit'] as const) {
    parser.once(event, () => fail(onlyOneFile()));
  }
  parser.once('finish', () => (part ? form.resolve() : fail(onlyOneFile())));
  parser.on('error', () => fail(unreadable()));
  raw.once('error', () => fail(unreadable()));
  raw.once('close', () => {
    if (!raw.complete) fail(unreadable());
  });
  watchBodySpeed(raw, speed, () =>
    fail(new HttpError('request_timeout', 'The upload took too long to arrive')),
  );
  raw.pipe(parser);
  return found.promise;
}

/** A name that is safe to show and to put in a header; empty when nothing is left of it. */
export function sanitizeFileName(fileName: string): string {
  const base = fileName.toWellFormed().split(/[/\\]/).at(-1) ?? '';
  const name = base.normalize('NFC').replaceAll(UNSAFE_IN_NAMES, '').trim();
  if (name === '.' || name === '..') return '';
  return name.slice(0, MAX_NAME_LENGTH).toWellFormed();
}

async function* readPart(stream: BusboyFileStream, form: Promise<void>): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of stream) yield chunk;
  } catch (cause) {
    // The form knows why; the parser's own words are not for the caller.
    await form;
    throw cause;
  }
  await form;
}

function createParser(contentType: string | undefined, maxBytes: number): BusboyInstance {
  if (!contentType?.toLowerCase().startsWith('multipart/form-data')) {
    throw new AppError('unsupported_media', 'Send the file as multipart/form-data');
  }
  try {
    return new Busboy({
      headers: { 'content-type': contentType },
      fileHwm: CHUNK_BYTES,
      limits: { files: 1, fields: 0, fileSize: maxBytes, headerPairs: MAX_PART_HEADERS },
    });
  } catch (cause) {
    throw new AppError('bad_request', 'The form has no boundary', { cause });
  }
}

function tooLarge(maxBytes: number): AppError {
  return new AppError('too_large', `The file is over the limit of ${maxBytes} bytes`, {
    details: { max_bytes: maxBytes },
  });
}

function onlyOneFile(): AppError {
  return invalid([{ field: FIELD, message: `Send exactly one part, a file named "${FIELD}"` }]);
}

function unreadable(): AppError {
  return new AppError('bad_request', 'The upload was cut or cannot be read');
}
