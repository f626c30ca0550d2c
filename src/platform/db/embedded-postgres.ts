import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { Worker } from 'node:worker_threads';
import { EmbeddedStream } from './embedded-stream.ts';
import type { FromWorker, ToWorker, WorkerStart } from './embedded-protocol.ts';

export type EmbeddedPostgres = {
  /** A socket for `pg`. Only one is used at a time: the engine has a single session. */
  openStream(): Duplex;
  /** The whole data folder as an archive, to start another one from. */
  dump(): Promise<Uint8Array<ArrayBuffer>>;
  /** How often the engine has asked the disk to sync. */
  syncCount(): number;
  close(): Promise<void>;
};

const ENDED = 'The embedded Postgres ended';

// Deep enough that Postgres' own limit of depth comes first, which it reports as an error.
const STACK_SIZE_MB = 64;

type Peer = { deliver(bytes: Uint8Array): void; fail(error: Error): void };

// Compiled code runs beside compiled code, source beside source.
const WORKER_URL = new URL(`./embedded-worker${import.meta.url.slice(-3)}`, import.meta.url);

/**
 * Starts Postgres inside this process, in a thread of its own. A thread that died is started anew when
 * it is next needed: what it had committed is on the disk.
 */
export async function startEmbeddedPostgres(start: WorkerStart): Promise<EmbeddedPostgres> {
  const peers = new Map<number, Peer>();
  let lastConnection = 0;
  let syncCount = 0;
  let running: Promise<Worker> | undefined = startWorker();

  async function startWorker(): Promise<Worker> {
    const worker = new Worker(WORKER_URL, {
      workerData: start,
      resourceLimits: { stackSizeMb: STACK_SIZE_MB },
    });
    let cause: unknown;
    worker.on('error', (error) => {
      cause = error;
    });
    worker.once('exit', () => {
      running = undefined;
      for (const peer of peers.values()) peer.fail(new Error(ENDED, { cause }));
    });
    await untilMessage(worker, 'ready');
    worker.on('message', (message: FromWorker) => {
      if (message.kind !== 'bytes') return;
      syncCount = message.syncCount;
      peers.get(message.connection)?.deliver(message.bytes);
    });
    return worker;
  }

  async function ensureRunning(): Promise<Worker> {
    running ??= startWorker();
    return running.catch((cause: unknown) => {
      throw new Error(ENDED, { cause });
    });
  }

  function openStream(): Duplex {
    lastConnection += 1;
    const connection = lastConnection;
    let worker: Worker | undefined;
    return new EmbeddedStream({
      async open(deliver, fail) {
        worker = await ensureRunning();
        peers.set(connection, { deliver, fail });
      },
      send: (bytes) => worker && post(worker, { kind: 'bytes', connection, bytes }, [bytes.buffer]),
      close: () => peers.delete(connection),
    });
  }

  await running;
  return {
    openStream,
    syncCount: () => syncCount,
    async dump() {
      const worker = await ensureRunning();
      post(worker, { kind: 'dump' });
      return (await untilMessage(worker, 'dumped')).bytes;
    },
    async close() {
      const worker = await running;
      if (!worker) return;
      const exited = once(worker, 'exit');
      post(worker, { kind: 'close' });
      await exited;
    },
  };
}

function post(worker: Worker, message: ToWorker, transfer: ArrayBuffer[] = []): void {
  worker.postMessage(message, transfer);
}

function untilMessage<Kind extends FromWorker['kind']>(
  worker: Worker,
  kind: Kind,
): Promise<Extract<FromWorker, { kind: Kind }>> {
  return new Promise((resolve, reject) => {
    const onMessage = (message: FromWorker) => {
      if (!isKind(message, kind)) return;
      worker.off('message', onMessage);
      worker.off('error', reject);
      worker.off('exit', onExit);
      resolve(message);
    };
    const onExit = () => reject(new Error(ENDED));
    worker.on('message', onMessage);
    worker.once('error', reject);
    worker.once('exit', onExit);
  });
}

function isKind<Kind extends FromWorker['kind']>(
  message: FromWorker,
  kind: Kind,
): message is Extract<FromWorker, { kind: Kind }> {
  return message.kind === kind;
}
