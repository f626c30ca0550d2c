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
  /** A field of the form beside the file; all are there once the content has ended. */
  readonly fieldOf: (name: string) => string | undefined;
};

export type UploadForm = {
  readonly maxBytes: number;
  readonly speed?: BodySpeed;
  /** The name of the part that is the file; `file` without it. */
  readonly part?: string;
  /** Names of the fields that may stand beside it, before or after; none without it. */
  readonly fields?: readonly string[];
};

const MAX_FIELD_BYTES = 1024;
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
 * Reads a form that must have exactly one file, and perhaps some fields, without holding it in memory.
 * @throws UNSUPPORTED_MEDIA_TYPE, PAYLOAD_TOO_LARGE, VALIDATION_ERROR, BAD_REQUEST
 */
export async function readUploadedFile(
  request: FastifyRequest,
  { maxBytes, speed = UPLOAD_SPEED, part: partName = 'file', fields = [] }: UploadForm,
): Promise<UploadedFile> {
  const { raw } = request;
  if (Number(raw.headers['content-length'] ?? 0) > maxBytes + FORM_OVERHEAD_BYTES) {
    throw tooLarge(maxBytes);
  }
  const parser = createParser(request.headers['content-type'], {
    fileSize: maxBytes,
    fields: fields.length,
  });
  const found = Promise.withResolvers<UploadedFile>();
  const form = Promise.withResolvers<void>();
  form.promise.catch(() => undefined);
  const values = new Map<string, string>();
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
    if (field !== partName || name === '') return fail(onlyOneFile(partName));
    const content = Readable.from(readPart(stream, form.promise), {
      objectMode: false,
      highWaterMark: CHUNK_BYTES,
    });
    content.once('close', () => raw.unpipe(parser));
    return found.resolve({ name, content, fieldOf: (wanted) => values.get(wanted) });
  });
  // oxlint-disable-next-line max-params -- the parser's form of an event
  parser.on('field', (name, value, _isNameCut, isValueCut) => {
    const isKnown = fields.includes(name) && !values.has(name) && !isValueCut;
    if (!isKnown) return fail(unknownField(name));
    values.set(name, value.toWellFormed());
  });
  for (const event of ['fieldsLimit', 'filesLimit', 'partsLimit'] as const) {
    parser.once(event, () => fail(onlyOneFile(partName)));
  }
  parser.once('finish', () => (part ? form.resolve() : fail(onlyOneFile(partName))));
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

function createParser(
  contentType: string | undefined,
  limits: { readonly fileSize: number; readonly fields: number },
): BusboyInstance {
  if (!contentType?.toLowerCase().startsWith('multipart/form-data')) {
    throw new AppError('unsupported_media', 'Send the file as multipart/form-data');
  }
  try {
    return new Busboy({
      headers: { 'content-type': contentType },
      fileHwm: CHUNK_BYTES,
      limits: {
        ...limits,
        files: 1,
        fieldSize: MAX_FIELD_BYTES,
        headerPairs: MAX_PART_HEADERS,
      },
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

function onlyOneFile(name: string): AppError {
  return invalid([{ field: name, message: `Send exactly one file, in a part named "${name}"` }]);
}

function unknownField(name: string): AppError {
  const field = name.toWellFormed().slice(0, MAX_NAME_LENGTH);
  return invalid([{ field, message: 'The form may not have this field, or not with this value' }]);
}

function unreadable(): AppError {
  return new AppError('bad_request', 'The upload was cut or cannot be read');
}
