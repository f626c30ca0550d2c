import { once } from 'node:events';
import { createServer } from 'node:http';

/** A server that nobody should ever ask: tokens name it as the place of their keys. */
export async function startTripwire() {
  let knocks = 0;
  const server = createServer((_request, response) => response.end('{"keys":[]}'));
  server.on('connection', () => (knocks += 1));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const host = `127.0.0.1:${address.port}`;
  return {
    host,
    url: `http://${host}/keys`,
    knocks: () => knocks,
    async close(): Promise<void> {
      server.closeAllConnections();
      await once(server.close(), 'close');
    },
  };
}
