import type { Readable } from 'node:stream';
import { AppError } from '#platform/errors/app-error';

/** Reads a body to its end, and gives it up once it is over the limit. @throws `response_too_large` */
export async function readCapped(body: Readable, maxBytes: number): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(capped(body, maxBytes)));
}

/** Hands a body on as it comes; what goes wrong is told in the words of `failureOf`. */
export async function* streamCapped(
  body: Readable,
  maxBytes: number,
  failureOf: (cause: unknown) => Error,
): AsyncGenerator<Buffer> {
  try {
    yield* capped(body, maxBytes);
  } catch (error) {
    throw failureOf(error);
  }
}

async function* capped(body: Readable, maxBytes: number): AsyncGenerator<Buffer> {
  let size = 0;
  for await (const part of body.iterator({ destroyOnReturn: true })) {
    const bytes = Buffer.from(part);
    size += bytes.length;
    if (size > maxBytes) {
      throw new AppError('external', `The answer is over ${maxBytes} bytes`, {
        reason: 'response_too_large',
        retryable: false,
      });
    }
    yield bytes;
  }
}
