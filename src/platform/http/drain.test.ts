import { once } from 'node:events';
import { Agent, request as httpRequest } from 'node:http';
import { expect, it, onTestFinished } from 'vitest';
import { buildHttpApp } from '#test/http-app';
import { openEventStream } from './event-stream.ts';

async function listen() {
  const { app } = await buildHttpApp();
  const work = Promise.withResolvers<void>();
  app.get('/slow', { schema: { operationId: 'slow' }, config: { access: 'public' } }, async () => {
    await work.promise;
    return 'done';
  });
  const stream = { schema: { operationId: 'stream' }, config: { access: 'public' } } as const;
  app.get('/stream', stream, (request, reply) => {
    openEventStream(request, reply);
  });
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  onTestFinished(() => app.close());
  return { app, url, finishWork: work.resolve };
}

it('is not ready from the moment it drains, and still alive', async () => {
  const { app, url } = await listen();
  const call = httpRequest(`${url}/stream`).end();
  const [stream] = await once(call, 'response');
  const drained = app.drain(10_000);
  const ready = await app.inject('/health/ready');
  expect(ready.statusCode).toBe(503);
  expect(ready.json()).toMatchObject({ code: 'SERVICE_UNAVAILABLE', reason: 'draining' });
  expect((await app.inject('/health/live')).statusCode).toBe(200);
  stream.destroy();
  await drained;
});

it('lets a running request finish on a connection that then closes', async () => {
  const { app, url, finishWork } = await listen();
  const agent = new Agent({ keepAlive: true });
  const call = httpRequest(`${url}/slow`, { agent }).end();
  await once(app.server, 'request');
  const drained = app.drain(5000);
  finishWork();
  const [response] = await once(call, 'response');
  expect(response.statusCode).toBe(200);
  expect(response.headers.connection).toBe('close');
  response.resume();
  await drained;
});

it('stops within the grace although a request never ends', async () => {
  const { app, url } = await listen();
  const call = httpRequest(`${url}/slow`).end();
  const failed = once(call, 'error');
  await once(app.server, 'request');
  const startedAt = performance.now();
  await app.drain(100);
  expect(performance.now() - startedAt).toBeLessThan(5000);
  expect(await failed).toMatchObject([{ code: 'ECONNRESET' }]);
});

it('drains once, however often it is told to', async () => {
  const { app } = await listen();
  expect(app.drain(10)).toBe(app.drain(10_000));
  await app.drain(10);
});
