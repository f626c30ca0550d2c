import type { Readable } from 'node:stream';

/** Bytes of a blob, from the first to the last, both counted from 0. */
export type ByteRange = { readonly first: number; readonly last: number };

/** Where blobs live. Keys are made by the product, never by a client. */
export interface Storage {
  /** Stored with each file, so that a later change of provider still finds the old ones. */
  readonly name: string;
  /** Writes the whole stream or nothing: a failed or aborted write leaves no blob behind. */
  write(key: string, content: Readable, signal: AbortSignal): Promise<void>;
  /** Throws AppError `not_found` for a missing blob. */
  read(key: string, range?: ByteRange): Promise<Readable>;
  /** Succeeds for a blob that is not there. */
  remove(key: string): Promise<void>;
  /** Keys with the time of their last write, for the sweep of orphans. */
  list(): AsyncIterable<{ readonly key: string; readonly modifiedAt: Date }>;
  ping(): Promise<void>;
}
