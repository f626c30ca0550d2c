import type { Readable } from 'node:stream';
import type { TeamId, UserId } from '#shared/ids';

/** Whose data, and the teams that they are a member of now: nothing of any other may be shown to them. */
export type ExportSubject = { readonly userId: UserId; readonly teamIds: readonly TeamId[] };

/** A file of the archive: objects, one JSON text a line, or bytes; nothing where they are gone meanwhile. */
export type ExportEntry =
  | { readonly name: string; readonly records: AsyncIterable<object> }
  | { readonly name: string; readonly open: () => Promise<Readable | undefined> };

/** What a module gives a user of what it holds of them; each that holds something adds one. */
export interface UserExporter {
  /** Read one after the other, when the archive has room for more. No secret may be in them, hashed or not. */
  entries(subject: ExportSubject): AsyncIterable<ExportEntry> | Iterable<ExportEntry>;
}
