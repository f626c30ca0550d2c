import type { FastifyReply } from 'fastify';

/**
 * Aborts when the caller is gone before the answer is out. The framework's own signal is no use for a request with a
 * body: it is aborted as soon as the body has been read.
 */
export function callerSignal(reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) gone.abort();
  });
  return gone.signal;
}
