import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { fromBuffer, type Entry, type ZipFile } from 'yauzl';

/** The files of a zip archive by their names. */
export async function readArchive(archive: Buffer): Promise<ReadonlyMap<string, string>> {
  const zip = await openArchive(archive);
  const files = new Map<string, string>();
  const openEntry = promisify<Entry, NodeJS.ReadableStream>(zip.openReadStream.bind(zip));
  return new Promise((resolve, reject) => {
    zip.on('error', reject);
    zip.on('end', () => resolve(files));
    zip.on('entry', async (entry: Entry) => {
      files.set(entry.fileName, await text(await openEntry(entry)));
      zip.readEntry();
    });
    zip.readEntry();
  });
}

function openArchive(archive: Buffer): Promise<ZipFile> {
  return new Promise((resolve, reject) => {
    fromBuffer(archive, { lazyEntries: true }, (error, zip) =>
      error ? reject(error) : resolve(zip),
    );
  });
}
