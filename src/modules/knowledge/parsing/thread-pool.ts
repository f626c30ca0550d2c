import type { ParserThread } from './parser-thread.ts';

/** A thread lent to one document. */
export type ThreadLease = {
  readonly thread: ParserThread;
  /** Gives it back for the next document; one that did not finish its own is ended. The second call does nothing. */
  release(options: { readonly isReusable: boolean }): void;
};

export type ThreadPool = {
  acquire(signal: AbortSignal): Promise<ThreadLease>;
  close(): Promise<void>;
};

type Options = {
  readonly create: () => ParserThread;
  readonly size: number;
  /** A thread without work for so long is ended, and its memory given back. */
  readonly idleMs: number;
};

/** Lends threads, `size` at a time, in the order in which they are asked for. */
export function createThreadPool({ create, size, idleMs }: Options): ThreadPool {
  const leased = new Set<ParserThread>();
  const idle = new Map<ParserThread, NodeJS.Timeout>();
  let waiting: (() => void)[] = [];

  function takeThread(): ParserThread {
    for (const [thread, timer] of idle) {
      clearTimeout(timer);
      idle.delete(thread);
      if (thread.isAlive()) return thread;
    }
    return create();
  }

  function giveBack(thread: ParserThread, isReusable: boolean): void {
    leased.delete(thread);
    if (isReusable && thread.isAlive()) {
      const timer = setTimeout(() => {
        idle.delete(thread);
        void thread.kill();
      }, idleMs);
      idle.set(thread, timer.unref());
    } else void thread.kill();
    waiting.shift()?.();
  }

  async function waitForTurn(signal: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const onAbort = () => {
      waiting = waiting.filter((other) => other !== resolve);
      reject(signal.reason);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    waiting.push(resolve);
    await promise.finally(() => signal.removeEventListener('abort', onAbort));
  }

  return {
    async acquire(signal) {
      signal.throwIfAborted();
      while (leased.size >= size) await waitForTurn(signal);
      const thread = takeThread();
      leased.add(thread);
      return {
        thread,
        release: ({ isReusable }) => {
          if (leased.has(thread)) giveBack(thread, isReusable);
        },
      };
    },
    async close() {
      const threads = [...leased, ...idle.keys()];
      for (const timer of idle.values()) clearTimeout(timer);
      idle.clear();
      await Promise.all(threads.map((thread) => thread.kill()));
    },
  };
}
