import { get } from 'node:http';
import { Readable } from 'node:stream';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { buildHttpApp } from '#test/http-app';
import { mountRoutes } from './app.ts';
import { giveUpWhenStalled } from './give-up-when-stalled.ts';

it('ends an answer that nobody takes, and what feeds it', async () => {
  const { app } = await buildHttpApp();
  const endless = new Readable({
    read() {
      this.push(Buffer.alloc(65_536));
    },
  });
  const schema = {
    operationId: 'readEndless',
    summary: 'Read without an end',
    tags: ['test'],
    response: { 200: z.unknown() },
  };
  mountRoutes(app, { prefix: '/api/v1' }, (routes) => {
    routes.get('/endless', { schema, config: { access: 'public' } }, (_request, reply) => {
      giveUpWhenStalled(reply, 200);
      return reply.header('content-type', 'application/octet-stream').send(endless);
    });
  });
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  const outgoing = get(`${url}/api/v1/endless`, (response) => response.pause());
  outgoing.on('error', () => {});
  await expect.poll(() => endless.destroyed, { timeout: 10_000 }).toBe(true);
  outgoing.destroy();
  await app.close();
});
