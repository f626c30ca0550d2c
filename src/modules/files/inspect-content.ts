import { createHash } from 'node:crypto';
import { AppError, invalid } from '#platform/errors/app-error';

/** Enough for every magic number, and for the first entries of an office archive. */
export const HEAD_BYTES = 65_536;

export type Inspection<MimeType extends string> = {
  readonly bytes: number;
  readonly sha256: string;
  readonly mimeType: MimeType;
};

export type InspectionRules<MimeType extends string> = {
  readonly maxBytes: number;
  /** Tells the type from the first bytes; throws AppError `unsupported_media` for one that is not allowed. */
  readonly detectType: (head: Uint8Array) => Promise<MimeType>;
};

/**
 * Hands a file through while it hashes, counts and types it. No byte passes before its type is allowed.
 * `result` is whole once `pass` has ended.
 */
export function createInspection<MimeType extends string>({
  maxBytes,
  detectType,
}: InspectionRules<MimeType>) {
  const hash = createHash('sha256');
  let bytes = 0;
  let mimeType: MimeType | undefined;

  async function* pass(content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    let head: Uint8Array[] = [];
    for await (const piece of content) {
      bytes += piece.length;
      if (bytes > maxBytes) throw tooLarge(maxBytes);
      hash.update(piece);
      if (mimeType === undefined) {
        head.push(piece);
        if (bytes < HEAD_BYTES) continue;
        yield* await release(head);
        head = [];
      } else {
        yield piece;
      }
    }
    if (bytes === 0) throw invalid([{ field: 'file', message: 'The file is empty' }], 'empty_file');
    if (mimeType === undefined) yield* await release(head);
  }

  async function release(head: readonly Uint8Array[]): Promise<readonly Uint8Array[]> {
    // How the network cut the content into pieces must not decide what it is.
    mimeType = await detectType(Buffer.concat(head).subarray(0, HEAD_BYTES));
    return head;
  }

  function result(): Inspection<MimeType> {
    if (mimeType === undefined) throw new Error('the content was not read to its end');
    return { bytes, sha256: hash.digest('hex'), mimeType };
  }

  return { pass, result };
}

function tooLarge(maxBytes: number): AppError {
  return new AppError('too_large', `The file is larger than ${maxBytes} bytes`, {
    reason: 'file.too_large',
    details: { max_bytes: maxBytes },
  });
}
