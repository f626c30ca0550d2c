import { Readable } from 'node:stream';
import { expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { notFound } from '#platform/errors/app-error';
import { buildHttpApp } from '#test/http-app';
import type { ResponseEnvelope } from './envelope.hook.ts';

const PREFER = { prefer: 'respond-async, envelope=trace' };

async function buildApp(responseEnvelope: ResponseEnvelope = 'none') {
  const { app } = await buildHttpApp({ settings: { responseEnvelope, areDocsEnabled: true } });
  const config = { access: 'public' } as const;
  const List = z.object({ items: z.array(z.string()), total: z.int() });
  const list = { schema: { operationId: 'list', response: { 200: List } }, config };
  app.get('/list', list, () => ({ items: ['a'], total: 1 }));
  app.get(
    '/v1/models',
    { schema: { operationId: 'models', response: { 200: List } }, config },
    () => ({
      items: [],
      total: 0,
    }),
  );
  app.get('/missing', { schema: { operationId: 'missing' }, config }, () => {
    throw notFound('thing', '1');
  });
  app.delete('/thing', { schema: { operationId: 'remove' }, config }, (_request, reply) =>
    reply.code(204).send(),
  );
  app.get('/file', { schema: { operationId: 'file' }, config }, (_request, reply) =>
    reply.type('application/json').send(Readable.from(['{"a":1}'])),
  );
  onTestFinished(() => app.close());
  return app;
}

it('wraps a success body, a list whole, for who prefers it', async () => {
  const app = await buildApp();
  const answer = await app.inject({ url: '/list', headers: PREFER });
  expect(answer.headers['preference-applied']).toBe('envelope=trace');
  expect(answer.json()).toEqual({
    trace_id: answer.headers['x-trace-id'],
    data: { items: ['a'], total: 1 },
  });
  expect(Number(answer.headers['content-length'])).toBe(answer.body.length);
});

it('leaves the body alone for who does not', async () => {
  const app = await buildApp();
  for (const prefer of ['', 'envelope=none', 'envelope=traces', 'xenvelope=trace']) {
    const answer = await app.inject({ url: '/list', headers: { prefer } });
    expect(answer.json()).toEqual({ items: ['a'], total: 1 });
    expect(answer.headers['preference-applied']).toBeUndefined();
  }
});

it('wraps for everybody where the setting says so', async () => {
  const app = await buildApp('trace');
  const answer = await app.inject('/list');
  expect(answer.json().data).toEqual({ items: ['a'], total: 1 });
});

it.each(['/v1/models', '/missing', '/file', '/openapi.json'])('never wraps %s', async (url) => {
  const app = await buildApp('trace');
  const answer = await app.inject({ url, headers: PREFER });
  expect(answer.json()).not.toHaveProperty('data');
  expect(answer.headers['preference-applied']).toBeUndefined();
});

it('sends nothing where there is nothing', async () => {
  const app = await buildApp('trace');
  const answer = await app.inject({ method: 'DELETE', url: '/thing', headers: PREFER });
  expect(answer.statusCode).toBe(204);
  expect(answer.body).toBe('');
});
