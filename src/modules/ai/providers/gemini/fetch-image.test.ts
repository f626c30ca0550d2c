import { createServer, type RequestListener } from 'node:http';
import { once } from 'node:events';
import { expect, it, onTestFinished } from 'vitest';
import { createHttpClient } from '#platform/http-client/http-client';
import { buildRequest, neverAborted } from '../../testing/chat-requests.ts';
import { inlineImages } from './fetch-image.ts';

const ELEVEN_MEBIBYTES = 11_534_336;

async function fetchFrom(listener: RequestListener, { isAllowed = true } = {}) {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (typeof address !== 'object' || !address) throw new Error('the server does not listen');
  const host = `127.0.0.1:${address.port}`;
  const httpClient = createHttpClient({ allowedHosts: isAllowed ? [host] : [] });
  onTestFinished(async () => {
    await httpClient.close();
    server.closeAllConnections();
    server.close();
  });
  const images = [{ kind: 'url', url: `http://${host}/cat.png` }] as const;
  const request = buildRequest('', { turns: [{ role: 'user', content: 'What?', images }] });
  const { turns } = await inlineImages(request, { httpClient, signal: neverAborted });
  return turns[0]?.images;
}

it('puts an image into the request', async () => {
  const images = await fetchFrom((_request, response) => {
    response.writeHead(200, { 'content-type': 'Image/PNG; charset=binary' }).end('picture');
  });
  const base64 = Buffer.from('picture').toString('base64');
  expect(images).toEqual([{ kind: 'inline', mimeType: 'image/png', base64 }]);
});

it.each<readonly [string, RequestListener, string]>([
  [
    'that is too large',
    (_request, response) => {
      response.writeHead(200, { 'content-type': 'image/png' });
      response.end(Buffer.alloc(ELEVEN_MEBIBYTES));
    },
    'image.too_large',
  ],
  [
    'that is a page',
    (_request, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<p>'),
    'image.type_unsupported',
  ],
  ['that is not there', (_request, response) => response.writeHead(404).end(), 'image.unavailable'],
  ['behind a host that hangs up', (request) => request.socket.destroy(), 'image.unavailable'],
])('refuses one %s', async (_what, listener, reason) => {
  await expect(fetchFrom(listener)).rejects.toMatchObject({ kind: 'invalid', options: { reason } });
});

it('refuses one behind an address that may not be called, and does not call it', async () => {
  let knocks = 0;
  const fetching = fetchFrom(() => void (knocks += 1), { isAllowed: false });
  await expect(fetching).rejects.toMatchObject({ options: { reason: 'url_not_allowed' } });
  expect(knocks).toBe(0);
});
