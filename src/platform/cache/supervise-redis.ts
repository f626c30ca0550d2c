import type { Redis } from 'ioredis';
import type { Logger } from '#platform/telemetry/logger';
import { withinTimeout } from './within-timeout.ts';

const PROBE_INTERVAL_MS = 200;
const PROBE_TIMEOUT_MS = 250;

export type RedisSupervisor = {
  isAvailable(): boolean;
  reportReply(): void;
  reportFailure(error: unknown): void;
  /** For a command that is sent now: tells later whether Redis has answered anything since. */
  expectReply(): () => boolean;
  onReturn(listener: () => void): void;
  stop(): void;
};

/**
 * Watches whether Redis answers. One command without an answer is enough to do without it; probes
 * in the background, not requests, find out when it is back. Each change is one line in the log.
 */
export function superviseRedis(client: Redis, logger: Logger): RedisSupervisor {
  const listeners: (() => void)[] = [];
  let isAvailable = false;
  let isMissed = false;
  let isStopped = false;
  let isProbing = false;
  let replies = 0;
  let lastError: unknown;

  function markAvailable(): void {
    if (isAvailable || isStopped) return;
    isAvailable = true;
    if (isMissed) logger.info('redis is back');
    isMissed = false;
    for (const listener of listeners) listener();
  }

  function markMissing(): void {
    isAvailable = false;
    if (isMissed || isStopped) return;
    isMissed = true;
    logger.warn({ err: lastError }, 'redis is gone; going on without it');
  }

  async function probe(): Promise<void> {
    if (isAvailable || isProbing || client.status !== 'ready') return;
    isProbing = true;
    // A connection that stays silent may be dead without knowing it, so it is made anew.
    await withinTimeout(client.ping(), { timeoutMs: PROBE_TIMEOUT_MS }).then(markAvailable, () => {
      if (!isStopped) client.disconnect(true);
    });
    isProbing = false;
  }

  client.on('error', (error) => {
    lastError = error;
  });
  client.on('ready', markAvailable);
  client.on('close', markMissing);
  const timer = setInterval(() => void probe(), PROBE_INTERVAL_MS);
  timer.unref();

  return {
    isAvailable: () => isAvailable,
    reportFailure(error) {
      // Redis answered, if only that it does not like the command.
      if (error instanceof Error && error.name === 'ReplyError') return;
      lastError = error;
      markMissing();
      void probe();
    },
    reportReply: () => void (replies += 1),
    expectReply() {
      const repliesBefore = replies;
      return () => replies > repliesBefore;
    },
    onReturn: (listener) => void listeners.push(listener),
    stop() {
      isStopped = true;
      isAvailable = false;
      clearInterval(timer);
    },
  };
}
