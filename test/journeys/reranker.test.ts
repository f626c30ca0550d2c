import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { json } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { signUp, uploadAndWait, type Json } from '#test/client';
import { startTestService, type TestService } from '#test/service';

const Asked = z.object({ query: z.string(), documents: z.array(z.string()) });

let server: Server;
let isDown = false;
let calls = 0;
let test: TestService;

beforeAll(async () => {
  // Prefers whatever speaks of whales.
  server = createServer((request, response) => {
    void (async () => {
      calls += 1;
      const { documents } = Asked.parse(await json(request));
      const results = documents.map((text, index) => ({
        index,
        relevance_score: text.includes('whale') ? 1 : 0,
      }));
      response.writeHead(isDown ? 401 : 200).end(JSON.stringify({ results }));
    })();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const settings = {
    RERANKER_BASE_URL: `http://127.0.0.1:${address.port}`,
    RERANKER_MODEL: 'best',
  };
  test = await startTestService(settings);
});
afterAll(async () => {
  await test.close();
  server.closeAllConnections();
  await once(server.close(), 'close');
});

it('puts passages in the order of the reranker, by words while it is down, or where a project says so', async () => {
  const { client } = await signUp(test.baseUrl);
  const { id } = (await client.post('/projects', { name: 'Animals' })).body;
  await uploadAndWait(client, id, { name: 'owl.txt', content: 'The owl is an owl of the forest.' });
  await uploadAndWait(client, id, {
    name: 'whale.txt',
    content: 'A whale has heard of one owl only.',
  });
  const titles = async () => {
    const { status, body } = await client.post(`/projects/${id}/search`, { query: 'owl' });
    expect(status).toBe(200);
    return body.items.map((item: Json) => item.document_title);
  };
  expect(await titles()).toEqual(['whale.txt', 'owl.txt']);
  expect(calls).toBe(1);
  isDown = true;
  expect(await titles()).toEqual(['owl.txt', 'whale.txt']);
  isDown = false;
  const settings = { retrieval: { reranking: 'words' } };
  await client.call('PATCH', `/projects/${id}`, { settings });
  expect(await titles()).toEqual(['owl.txt', 'whale.txt']);
  expect(calls).toBe(2);
});
