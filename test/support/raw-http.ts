import { randomInt } from 'node:crypto';
import { connect } from 'node:net';

export type RawAnswer = {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
};

/** Sends bytes as they are, and reads until the server closes the connection. */
export async function sendRaw(
  baseUrl: string,
  bytes: string | Uint8Array,
  { from = '127.0.0.1' }: { readonly from?: string } = {},
): Promise<RawAnswer> {
  const { hostname, port } = new URL(baseUrl);
  const socket = connect({ host: hostname, port: Number(port), localAddress: from });
  // The server may have closed before it took everything: then its answer counts.
  const broken = new Promise<Error>((resolve) => socket.once('error', resolve));
  const parts: Buffer[] = [];
  socket.on('data', (part) => parts.push(part));
  socket.write(bytes);
  const closed = new Promise<undefined>((resolve) =>
    socket.once('close', () => resolve(undefined)),
  );
  const error = await Promise.race([broken, closed]);
  await closed;
  if (parts.length === 0) throw error ?? new Error('the server closed without an answer');
  return parseAnswer(Buffer.concat(parts).toString('utf8'));
}

/** A request in its wire form; the connection closes after it. */
export function formatRequest(
  line: string,
  headers: Readonly<Record<string, string>> = {},
  body = '',
): string {
  const all = { Host: 'localhost', Connection: 'close', ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
  return [`${line} HTTP/1.1`, ...lines, '', body].join('\r\n');
}

/**
 * An address that nobody else has. Limits by address are kept in Redis, where other tests count too; in process
 * each service counts for itself. The network of loopback addresses is not there on every system.
 */
export function pickAddress(): string {
  if (!process.env['TEST_REDIS_URL']) return '127.0.0.1';
  return `127.${randomInt(1, 255)}.${randomInt(1, 255)}.${randomInt(1, 255)}`;
}

function parseAnswer(text: string): RawAnswer {
  const end = text.indexOf('\r\n\r\n');
  const [statusLine = '', ...lines] = text.slice(0, end).split('\r\n');
  const headers = new Headers();
  for (const line of lines) {
    const colon = line.indexOf(':');
    headers.append(line.slice(0, colon), line.slice(colon + 1).trim());
  }
  const body = text.slice(end + 4);
  const isChunked = headers.get('transfer-encoding') === 'chunked';
  return {
    status: Number(statusLine.split(' ')[1]),
    headers,
    body: isChunked ? joinChunks(body) : body,
  };
}

function joinChunks(body: string): string {
  const [size = '', ...rest] = body.split('\r\n');
  const length = Number.parseInt(size, 16);
  if (!length) return '';
  const text = Buffer.from(rest.join('\r\n'));
  return text.toString('utf8', 0, length) + joinChunks(text.toString('utf8', length + 2));
}
