import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Revalidate } from './authenticator.ts';
import type { Fault } from './problem.ts';

/** The limits of open event streams. */
export type EventStreamLimits = {
  readonly heartbeatMs: number;
  /** A stream that keeps more than this unsent is closed. */
  readonly maxBufferBytes: number;
  /** A reader that takes nothing for this long is closed. */
  readonly stallMs: number;
  /** How often it is asked whether a reader may still be there. */
  readonly revalidateMs: number;
};

export type OpenStream = { terminate(fault: Fault): void };

/** All open event streams of the process, so that a shutdown can wait for them. */
export type EventStreams = {
  readonly limits: EventStreamLimits;
  /** Headers that every answer carries; a stream's go out before the framework would set them. */
  prepare(request: FastifyRequest, reply: FastifyReply): void;
  revalidate: Revalidate;
  add(stream: OpenStream): void;
  remove(stream: OpenStream): void;
  /** Waits for the streams to end; those still open after the grace get a last event and end. */
  drain(graceMs: number): Promise<void>;
};

export const EVENT_STREAM_LIMITS: EventStreamLimits = {
  // Below the 15 s that clients are promised, so that a late timer still keeps it.
  heartbeatMs: 14_000,
  maxBufferBytes: 1_048_576,
  stallMs: 20_000,
  revalidateMs: 5000,
};

const SHUTTING_DOWN: Fault = {
  kind: 'unavailable',
  detail: 'The server is shutting down. Connect again with Last-Event-ID to go on.',
  reason: 'shutting_down',
};

export function createEventStreams(
  limits: EventStreamLimits,
  { prepare, revalidate }: Pick<EventStreams, 'prepare' | 'revalidate'>,
): EventStreams {
  const open = new Set<OpenStream>();
  let onEmpty: (() => void) | undefined;

  return {
    limits,
    prepare,
    revalidate,
    add(stream) {
      open.add(stream);
    },
    remove(stream) {
      open.delete(stream);
      if (open.size === 0) onEmpty?.();
    },
    async drain(graceMs) {
      if (open.size === 0) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      onEmpty = resolve;
      const timer = setTimeout(resolve, graceMs);
      await promise;
      clearTimeout(timer);
      for (const stream of open) stream.terminate(SHUTTING_DOWN);
    },
  };
}
