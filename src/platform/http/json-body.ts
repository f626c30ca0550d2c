import { isUtf8 } from 'node:buffer';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AppError, invalid } from '#platform/errors/app-error';
import { hasBody, watchBodySpeed, type BodySpeed } from './body-speed.ts';
import { HttpError } from './http-error.ts';
import type { App } from './route-contract.ts';

export const MAX_JSON_DEPTH = 64;

/**
 * Takes JSON and multipart bodies, nothing else. JSON is read strictly: valid UTF-8, no prototype
 * poisoning, and no deeper than what `JSON.stringify` and `jsonb` can take.
 */
export function acceptBodies(app: App): void {
  const parseText = app.getDefaultJsonParser('error', 'error');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser<Buffer>(
    'application/json',
    { parseAs: 'buffer' },
    (request, body, done) => {
      if (body.length === 0) return done(null, undefined);
      if (!isUtf8(body)) {
        return done(new AppError('bad_request', 'The body is not valid UTF-8'), undefined);
      }
      return parseText(request, body.toString('utf8'), (error, value) =>
        done(error ?? depthError(value, body.length), value),
      );
    },
  );
  // The route reads the parts itself, as they come.
  app.addContentTypeParser('multipart/form-data', (_request, _payload, done) => done(null));
}

/** What is checked before a body is read: no compression, and for JSON no dripping. */
export function createBodyGuard(speed: BodySpeed) {
  return (request: FastifyRequest, reply: FastifyReply): void => {
    refuseEncoding(request);
    if (hasBody(request.raw) && !isMultipart(request)) giveUpOnDripping(request, reply, speed);
  };
}

/** True when arrays and objects nest deeper than `limit`; looks no deeper than that itself. */
export function isDeeperThan(value: unknown, limit: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (limit === 0) return true;
  for (const member of Object.values(value)) {
    if (isDeeperThan(member, limit - 1)) return true;
  }
  return false;
}

function depthError(value: unknown, sizeBytes: number): Error | null {
  // Each level takes an opening and a closing character.
  if (sizeBytes <= 2 * MAX_JSON_DEPTH || !isDeeperThan(value, MAX_JSON_DEPTH)) return null;
  const message = `Nests deeper than ${MAX_JSON_DEPTH} levels`;
  return invalid([{ field: 'body', message }], 'too_deep');
}

function refuseEncoding(request: FastifyRequest): void {
  const encoding = request.headers['content-encoding'];
  if (encoding === undefined || encoding.toLowerCase() === 'identity') return;
  throw new AppError('unsupported_media', 'Compressed bodies are not taken');
}

function isMultipart(request: FastifyRequest): boolean {
  return request.headers['content-type']?.toLowerCase().startsWith('multipart/') ?? false;
}

function giveUpOnDripping(request: FastifyRequest, reply: FastifyReply, speed: BodySpeed): void {
  watchBodySpeed(request.raw, speed, () => {
    if (reply.sent) return;
    reply.send(new HttpError('request_timeout', 'The body took too long to arrive'));
  });
}
