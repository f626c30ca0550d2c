import { createServer, connect, type AddressInfo, type Socket } from 'node:net';

export type TcpProxy = {
  readonly port: number;
  /** Refuses and cuts every connection. */
  refuse(): Promise<void>;
  /** Keeps connections, takes new ones, and lets nothing through: neither bytes nor an end. */
  swallow(): void;
  /** Works again for new connections; swallowed ones stay dead, as after a network split. */
  restore(): Promise<void>;
  close(): Promise<void>;
};

/** A proxy on loopback that can fail as a network does. */
export async function startTcpProxy(target: { host: string; port: number }): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  const dead = new WeakSet<Socket>();
  let isSwallowing = false;

  const server = createServer((client) => {
    track(client);
    if (isSwallowing) return;
    const upstream = track(connect(target));
    client.on('data', (bytes) => dead.has(client) || upstream.write(bytes));
    upstream.on('data', (bytes) => dead.has(client) || client.write(bytes));
    client.on('close', () => upstream.destroy());
    upstream.on('close', () => client.destroy());
  });

  function track(socket: Socket): Socket {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    return socket.on('error', () => socket.destroy());
  }

  async function listen(port: number): Promise<number> {
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    return addressOf(server.address()).port;
  }

  async function refuse(): Promise<void> {
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of sockets) socket.destroy();
    await closed;
  }

  const port = await listen(0);
  return {
    port,
    refuse,
    swallow() {
      isSwallowing = true;
      for (const socket of sockets) dead.add(socket);
    },
    async restore() {
      isSwallowing = false;
      if (!server.listening) await listen(port);
    },
    close: refuse,
  };
}

function addressOf(address: string | AddressInfo | null): AddressInfo {
  if (typeof address === 'object' && address !== null) return address;
  throw new Error('the proxy does not listen');
}
