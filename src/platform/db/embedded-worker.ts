// The embedded Postgres in its own thread, where a long query blocks nothing else.
import { existsSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { MemoryFS, PGlite } from '@electric-sql/pglite';
import { pg_trgm as trigrams } from '@electric-sql/pglite/contrib/pg_trgm';
import { vector } from '@electric-sql/pglite-pgvector';
import { DurableNodeFs } from './durable-node-fs.ts';
import type { FromWorker, ToWorker, WorkerStart } from './embedded-protocol.ts';
import { syncFolder } from './sync-folder.ts';
import { isAnswered } from './wire-messages.ts';

/** Each by the name that it has in the database. */
const EXTENSIONS = { vector, pg_trgm: trigrams };
const FSYNC_OFF = '-F';
// Half the default: pages beyond that come from the system's cache, and the memory is the process's own.
const PARAMETERS = [...PGlite.defaultStartParams, '-c', 'shared_buffers=64MB'];
const DURABLE_PARAMETERS = [
  ...PARAMETERS.filter((parameter) => parameter !== FSYNC_OFF),
  // The engine's fdatasync does nothing, its fsync reaches our file system.
  '-c',
  'wal_sync_method=fsync',
];
// A file system's clock may be that coarse.
const FILE_TIME_GRAIN_MS = 2000;
const TERMINATE = 'X'.charCodeAt(0);

if (parentPort) await serve(parentPort, workerData);

async function serve(port: NonNullable<typeof parentPort>, start: WorkerStart): Promise<void> {
  let syncCount = 0;
  const database = await open(start, () => (syncCount += 1));
  const post = (message: FromWorker, transfer: ArrayBuffer[] = []) =>
    port.postMessage(message, transfer);

  port.on('message', (message: ToWorker) => {
    if (message.kind === 'close') void close();
    else if (message.kind === 'dump') void dump();
    else void answer(message.connection, message.bytes);
  });
  post({ kind: 'ready' });

  /** The engine runs to its end at once. One that broke ends the thread, and the owner starts another. */
  async function answer(connection: number, bytes: Uint8Array): Promise<void> {
    if (bytes[0] === TERMINATE) return;
    const parts: Uint8Array[] = [];
    await database.execProtocolRawStream(bytes, {
      syncToFs: false,
      onRawData: (part) => parts.push(part.slice()),
    });
    const reply = join(parts);
    if (!isAnswered(bytes, reply)) throw new Error('The embedded Postgres lost a statement');
    post({ kind: 'bytes', connection, bytes: reply, syncCount }, [reply.buffer]);
  }

  async function dump(): Promise<void> {
    const archive = await database.dumpDataDir('none');
    const bytes = new Uint8Array(await archive.arrayBuffer());
    post({ kind: 'dumped', bytes }, [bytes.buffer]);
  }

  async function close(): Promise<void> {
    await database.close();
    post({ kind: 'closed' });
    port.close();
  }
}

function open({ folder, seed }: WorkerStart, onSync: () => void): Promise<PGlite> {
  if (folder === undefined) return openInMemory(seed);
  // A thread that takes over from one that broke finds the data there already.
  return existsSync(`${folder}/PG_VERSION`)
    ? reopen(folder, onSync)
    : create(folder, { seed, onSync });
}

function openInMemory(seed: WorkerStart['seed']): Promise<PGlite> {
  return PGlite.create({
    fs: new MemoryFS(),
    extensions: EXTENSIONS,
    startParams: PARAMETERS,
    ...fromSeed(seed),
  });
}

async function create(
  folder: string,
  { seed, onSync }: { readonly seed: WorkerStart['seed']; readonly onSync: () => void },
): Promise<PGlite> {
  const database = await PGlite.create({
    fs: new DurableNodeFs(folder, { syncedAtMs: 0, onSync }),
    extensions: EXTENSIONS,
    startParams: DURABLE_PARAMETERS,
    ...fromSeed(seed),
  });
  await syncFolder(folder);
  return database;
}

async function reopen(folder: string, onSync: () => void): Promise<PGlite> {
  const syncedAtMs = Date.now() - FILE_TIME_GRAIN_MS;
  await syncFolder(folder);
  return PGlite.create({
    fs: new DurableNodeFs(folder, { syncedAtMs, onSync }),
    extensions: EXTENSIONS,
    startParams: DURABLE_PARAMETERS,
  });
}

function fromSeed(seed: WorkerStart['seed']) {
  return seed && { loadDataDir: new Blob([seed]) };
}

function join(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(parts.reduce((total, part) => total + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}
