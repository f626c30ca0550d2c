import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { ParseError } from './parse-error.ts';
import type { ParserReply, ParserRequest } from './parser-protocol.ts';

export type ParserThread = {
  /** Rejects with a ParseError, and the thread is dead, when the time is over or memory runs out. */
  ask(request: ParserRequest, timeMs: number): Promise<ParserReply>;
  isAlive(): boolean;
  kill(): Promise<void>;
};

const MEBIBYTE = 1024 * 1024;
const MEMORY_CHECK_MS = 100;
const MAX_YOUNG_GENERATION_MB = 32;
const MAX_DELAY_MS = 2 ** 31 - 1;

/** Starts a thread that parses documents, one after another. */
export function createParserThread({ memoryBytes }: { memoryBytes: number }): ParserThread {
  // The file beside this one is .ts in the source tree and .js in the build.
  const path = new URL(`./parser-worker${extname(import.meta.url)}`, import.meta.url);
  const worker = new Worker(path, {
    // A parser has no use for the process's settings, and secrets are among them.
    env: {},
    stdout: true,
    stderr: true,
    resourceLimits: {
      maxOldGenerationSizeMb: memoryBytes / MEBIBYTE,
      maxYoungGenerationSizeMb: MAX_YOUNG_GENERATION_MB,
    },
  });
  // Nobody reads what libraries may print about a broken document.
  worker.stdout.resume();
  worker.stderr.resume();
  let isAlive = true;
  let settle: PromiseWithResolvers<ParserReply> | undefined;
  const fail = (error: unknown) => settle?.reject(error);
  worker.on('message', (reply: ParserReply) => settle?.resolve(reply));
  worker.on('messageerror', () => fail(new ParseError('damaged')));
  worker.on('error', (error) =>
    fail(new ParseError(isOutOfMemory(error) ? 'parse_memory' : 'damaged', error)),
  );
  worker.on('exit', () => {
    isAlive = false;
    fail(new ParseError('damaged'));
  });

  async function kill(): Promise<void> {
    isAlive = false;
    await worker.terminate();
  }

  /** The heap has its limit from V8; buffers, into which streams are unpacked, lie outside of it. */
  async function checkMemory(): Promise<void> {
    const heap = await worker.getHeapStatistics();
    if (heap.external_memory > memoryBytes) giveUp('parse_memory');
  }

  function giveUp(reason: 'parse_timeout' | 'parse_memory'): void {
    fail(new ParseError(reason));
    void kill();
  }

  return {
    kill,
    isAlive: () => isAlive,
    async ask(request, timeMs) {
      settle = Promise.withResolvers();
      const timer = setTimeout(
        () => giveUp('parse_timeout'),
        Math.min(Math.max(timeMs, 0), MAX_DELAY_MS),
      );
      const memoryTimer = setInterval(
        () => void checkMemory().catch(() => undefined),
        MEMORY_CHECK_MS,
      );
      worker.ref();
      worker.postMessage(
        request,
        request.kind === 'bytes' && request.bytes ? [request.bytes.buffer] : [],
      );
      try {
        return await settle.promise;
      } finally {
        clearTimeout(timer);
        clearInterval(memoryTimer);
        worker.unref();
      }
    },
  };
}

function isOutOfMemory(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY';
}
