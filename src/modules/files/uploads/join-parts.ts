import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { Storage } from '../storage.ts';

/** The contents of blobs one after another, and their MD5 once they have been read. */
export function joinParts(
  parts: readonly { readonly storageKey: string }[],
  storage: Pick<Storage, 'read'>,
): { readonly content: Readable; md5(): string } {
  const hash = createHash('md5');

  async function* read(): AsyncGenerator<Buffer> {
    for (const { storageKey } of parts) {
      for await (const piece of await storage.read(storageKey)) {
        hash.update(piece);
        yield piece;
      }
    }
  }

  return { content: Readable.from(read(), { objectMode: false }), md5: () => hash.digest('hex') };
}
