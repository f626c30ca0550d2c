import type { IncomingMessage } from 'node:http';

const LINGER_MS = 5000;
/** What is thrown away of a body whose length is not known, or is hopeless. */
const MAX_DISCARDED_BYTES = 8 * 1_048_576;
/** A body that ends within this is thrown away whole. */
const MAX_DECLARED_BYTES = 64 * 1_048_576;

/**
 * Makes a connection whose request body was refused close in two steps. Closing at once would reset
 * it while the client still sends, and a client that only then reads would never see the answer.
 */
export function lingerOnClose(raw: IncomingMessage): void {
  const { socket } = raw;
  // Node calls this when the last answer of a connection has been written.
  socket.destroySoon = () => {
    socket.end();
    discard(raw, () => socket.destroy());
  };
}

function discard(raw: IncomingMessage, onEnough: () => void): void {
  const declaredBytes = Number(raw.headers['content-length'] ?? Number.POSITIVE_INFINITY);
  const budgetBytes = declaredBytes <= MAX_DECLARED_BYTES ? declaredBytes : MAX_DISCARDED_BYTES;
  let discardedBytes = 0;
  const timer = setTimeout(onEnough, LINGER_MS);
  raw.socket.once('close', () => clearTimeout(timer));
  raw.on('data', (chunk: Buffer) => {
    discardedBytes += chunk.length;
    if (discardedBytes > budgetBytes) onEnough();
  });
  raw.once('end', onEnough);
  raw.resume();
}
