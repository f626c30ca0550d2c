import { crc32, deflateRawSync } from 'node:zlib';

export type ArchiveEntry = {
  readonly name: string;
  readonly content: string | Buffer;
  /** What the archive claims the unpacked size to be; the truth unless given. */
  readonly statedBytes?: number;
  /** Not packed, as the first entry of a book has to be. */
  readonly isStored?: boolean;
};

const STORED = 0;
const DEFLATE = 8;
const VERSION = 20;

/** A zip archive, also of entries that an honest program would not write. */
export function buildArchive(entries: readonly ArchiveEntry[]): Buffer {
  const locals: Buffer[] = [];
  const centrals: Buffer[] = [];
  let offset = 0;
  for (const entry of entries) {
    const content = Buffer.from(entry.content);
    const packed = entry.isStored ? content : deflateRawSync(content);
    const name = Buffer.from(entry.name);
    const fields = {
      name,
      packed,
      unpackedBytes: entry.statedBytes ?? content.length,
      crc: crc32(content),
      method: entry.isStored ? STORED : DEFLATE,
    };
    const local = Buffer.concat([header(0x04034b50, [VERSION], fields), name, packed]);
    const central = header(0x02014b50, [VERSION, VERSION], fields);
    centrals.push(Buffer.concat([central, centralTail(offset), name]));
    locals.push(local);
    offset += local.length;
  }
  const directory = Buffer.concat(centrals);
  return Buffer.concat([
    ...locals,
    directory,
    directoryEnd(entries.length, directory.length, offset),
  ]);
}

type Fields = {
  readonly name: Buffer;
  readonly packed: Buffer;
  readonly unpackedBytes: number;
  readonly crc: number;
  readonly method: number;
};

function header(signature: number, versions: readonly number[], fields: Fields): Buffer {
  const words = [...versions, 0, fields.method, 0, 0x21];
  const buffer = Buffer.alloc(4 + words.length * 2 + 16);
  buffer.writeUInt32LE(signature, 0);
  for (const [index, word] of words.entries()) buffer.writeUInt16LE(word, 4 + index * 2);
  const at = 4 + words.length * 2;
  buffer.writeUInt32LE(fields.crc, at);
  buffer.writeUInt32LE(fields.packed.length, at + 4);
  buffer.writeUInt32LE(fields.unpackedBytes, at + 8);
  buffer.writeUInt16LE(fields.name.length, at + 12);
  return buffer;
}

function centralTail(offset: number): Buffer {
  const buffer = Buffer.alloc(14);
  buffer.writeUInt32LE(offset, 10);
  return buffer;
}

function directoryEnd(count: number, size: number, offset: number): Buffer {
  const buffer = Buffer.alloc(22);
  buffer.writeUInt32LE(0x06054b50, 0);
  buffer.writeUInt16LE(Math.min(count, 0xffff), 8);
  buffer.writeUInt16LE(Math.min(count, 0xffff), 10);
  buffer.writeUInt32LE(size, 12);
  buffer.writeUInt32LE(offset, 16);
  return buffer;
}
