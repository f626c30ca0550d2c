import { PassThrough, type Readable } from 'node:stream';
import { finished, pipeline } from 'node:stream/promises';
import { ZipFile } from 'yazl';

export type ArchiveEntry = {
  readonly name: string;
  readonly isCompressed: boolean;
  readonly open: () => Promise<Readable | undefined>;
};

/**
 * A zip archive that is made while it is read: each entry is opened when the one before has been taken, and what
 * was opened is closed when the reader goes.
 */
export function createZipArchive(entries: AsyncIterable<ArchiveEntry>): Readable {
  const zip = new ZipFile();
  const output = new PassThrough();
  let current: Readable | undefined;

  async function fill(): Promise<void> {
    for await (const entry of entries) {
      current = await entry.open();
      if (!current) continue;
      if (output.destroyed) {
        current.destroy();
        return;
      }
      zip.addReadStream(current, entry.name, { compress: entry.isCompressed });
      await finished(current);
    }
    zip.end();
  }

  const abandon = (error: Error) => output.destroy(error);
  output.once('close', () => current?.destroy());
  zip.on('error', abandon);
  pipeline(zip.outputStream, output).catch(abandon);
  fill().catch(abandon);
  return output;
}
