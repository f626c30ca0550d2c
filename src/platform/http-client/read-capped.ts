import type { Readable } from 'node:stream';
import { AppError } from '#platform/errors/app-error';

/** Reads a body to its end, and gives it up once it is over the limit. @throws `response_too_large` */
export async function readCapped(body: Readable, maxBytes: number): Promise<Buffer> {
  const parts: Buffer[] = [];
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
    parts.push(bytes);
  }
  return Buffer.concat(parts);
}
