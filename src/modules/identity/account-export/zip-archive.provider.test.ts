import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { readArchive } from '#test/read-archive';
import { createZipArchive, type ArchiveEntry } from './zip-archive.provider.ts';

function entryOf(name: string, content: Readable | undefined): ArchiveEntry {
  return { name, isCompressed: true, open: async () => content };
}

async function* inOrder(...entries: ArchiveEntry[]): AsyncGenerator<ArchiveEntry> {
  yield* entries;
}

/** Content without an end. */
function endless(): Readable {
  return new Readable({
    read() {
      this.push(Buffer.alloc(65_536));
    },
  });
}

describe('a zip archive', () => {
  it('has each entry in full, and leaves out what is gone', async () => {
    const entries = inOrder(
      entryOf('one.txt', Readable.from(['first'])),
      entryOf('gone.txt', undefined),
      entryOf('empty.txt', Readable.from([])),
      entryOf('files/ä.txt', Readable.from(['second'])),
    );
    const archive = await readArchive(await buffer(createZipArchive(entries)));
    expect([...archive]).toEqual([
      ['one.txt', 'first'],
      ['empty.txt', ''],
      ['files/ä.txt', 'second'],
    ]);
  });

  it('opens an entry when the one before was taken, and closes it when its reader goes', async () => {
    const [first, second] = [endless(), Readable.from(['second'])];
    const opened: string[] = [];
    const track = (name: string, content: Readable): ArchiveEntry => ({
      name,
      isCompressed: false,
      async open() {
        opened.push(name);
        return content;
      },
    });
    const archive = createZipArchive(inOrder(track('first', first), track('second', second)));
    archive.on('error', () => {});
    await new Promise((resolve) => archive.once('readable', resolve));
    expect(first.destroyed).toBe(false);
    archive.destroy();
    await expect.poll(() => first.destroyed).toBe(true);
    expect(opened).toEqual(['first']);
  });

  it('fails with an entry that cannot be read, or a list that breaks off', async () => {
    const broken = new Readable({ read: () => {} });
    const reading = buffer(createZipArchive(inOrder(entryOf('broken.txt', broken))));
    broken.destroy(new Error('disk on fire'));
    await expect(reading).rejects.toThrow('disk on fire');

    async function* breaking(): AsyncGenerator<ArchiveEntry> {
      yield entryOf('one.txt', Readable.from(['first']));
      throw new Error('database away');
    }
    await expect(buffer(createZipArchive(breaking()))).rejects.toThrow('database away');
  });
});
