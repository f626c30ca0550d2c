import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { expect, it, onTestFinished, vi } from 'vitest';
import { AppError } from '#platform/errors/app-error';
import { buildHttpApp, type TestHttpOptions } from '#test/http-app';
import type { Access } from './authenticator.ts';
import { openEventStream, StreamClosedError, type EventStream } from './event-stream.ts';
import { EVENT_STREAM_LIMITS } from './event-streams.ts';

const ORIGIN = 'https://app.example';
const KILOBYTE = 'x'.repeat(1024);

/** A server with one stream that `produce` writes, and a client that has opened it. */
async function openStream(
  produce: (stream: EventStream) => void,
  { access = 'public', ...options }: TestHttpOptions & { readonly access?: Access } = {},
) {
  const built = await buildHttpApp({ settings: { corsOrigins: [ORIGIN] }, ...options });
  const opened = Promise.withResolvers<EventStream>();
  const schema = { operationId: 'stream' };
  built.app.get('/stream', { schema, config: { access } }, (request, reply) => {
    const stream = openEventStream(request, reply);
    opened.resolve(stream);
    produce(stream);
  });
  const url = await built.app.listen({ host: '127.0.0.1', port: 0 });
  const call = httpRequest(`${url}/stream`, { headers: { origin: ORIGIN } });
  call.on('error', () => {});
  call.end();
  onTestFinished(async () => {
    call.destroy();
    await built.app.close();
  });
  const response = await new Promise<IncomingMessage>((resolve) => call.once('response', resolve));
  response.on('error', () => {});
  return { ...built, call, response, stream: await opened.promise };
}

async function readEvents(response: IncomingMessage): Promise<EventSourceMessage[]> {
  const events: EventSourceMessage[] = [];
  const parser = createParser({ onEvent: (event) => events.push(event) });
  response.setEncoding('utf8');
  for await (const chunk of response) parser.feed(String(chunk));
  return events;
}

async function reasonOfClose({ closed }: EventStream): Promise<unknown> {
  if (!closed.aborted) await once(closed, 'abort');
  const reason: unknown = closed.reason;
  return reason instanceof StreamClosedError ? reason.reason : reason;
}

it('sends numbered JSON events, which nothing in them can break, and closes with [DONE]', async () => {
  const forged = 'ไทย\n\ndata: [DONE]\n\nevent: usage\r\r';
  const { response, stream } = await openStream((opened) => {
    opened.send({ id: 1, data: { type: 'session' } });
    opened.comment('a\n\ndata: forged');
    opened.send({ id: 2, data: { type: 'token', content: forged } });
    opened.end();
    opened.send({ id: 3, data: 'too late' });
  });
  const events = await readEvents(response);
  expect(events.map(({ id, event }) => [id, event])).toEqual([
    ['1', undefined],
    ['2', undefined],
    [undefined, undefined],
  ]);
  expect(JSON.parse(events[1]?.data ?? '')).toEqual({ type: 'token', content: forged });
  expect(events.at(-1)?.data).toBe('[DONE]');
  expect(stream.closed.aborted).toBe(false);
});

it('opens at once with headers that keep proxies from holding it back', async () => {
  const { response } = await openStream(() => {});
  expect(response.headers).toMatchObject({
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache, no-transform',
    'x-accel-buffering': 'no',
    'x-trace-id': expect.stringMatching(/^[0-9a-f]{32}$/),
    'x-content-type-options': 'nosniff',
    'access-control-allow-origin': ORIGIN,
    ratelimit: expect.any(String),
  });
  const [first] = await once(response, 'data');
  expect(String(first)).toBe(': open\n\n');
});

it('writes what comes in one turn in one piece', async () => {
  const pieces: string[] = [];
  const { response, stream } = await openStream(() => {});
  await once(response, 'data');
  response.on('data', (chunk: Buffer) => pieces.push(chunk.toString()));
  for (let id = 0; id < 50; id += 1) stream.send({ id, data: id });
  await once(response, 'data');
  expect(pieces).toHaveLength(1);
  expect(pieces[0]).toContain('id: 49\ndata: 49\n\n');
});

it('keeps an idle stream alive with comments', async () => {
  const limits = { eventStream: { ...EVENT_STREAM_LIMITS, heartbeatMs: 20 } };
  const { response } = await openStream(() => {}, { limits });
  const [, second] = await vi.waitFor(async () => [
    await once(response, 'data'),
    await once(response, 'data'),
  ]);
  expect(String(second)).toBe(': keep-alive\n\n');
  expect(EVENT_STREAM_LIMITS.heartbeatMs).toBeLessThanOrEqual(15_000);
});

it('tells the producer that the client is gone', async () => {
  const { call, stream } = await openStream(() => {});
  call.destroy();
  expect(await reasonOfClose(stream)).toBe('client_gone');
  stream.send({ data: 'into the void' });
  stream.end();
});

it('closes a stream whose reader takes nothing, and lets its producer go', async () => {
  const limits = { eventStream: { ...EVENT_STREAM_LIMITS, stallMs: 100 } };
  const { response, stream } = await openStream(() => {}, { limits });
  response.pause();
  let sentBytes = 0;
  while (!stream.closed.aborted) {
    stream.send({ data: KILOBYTE });
    sentBytes += KILOBYTE.length;
    await new Promise(setImmediate);
    await stream.ready();
  }
  expect(await reasonOfClose(stream)).toBe('stalled');
  // The rest of what was sent lies in the buffers of both kernels.
  expect(sentBytes).toBeLessThan(16 * 1024 * 1024);
});

it('closes at once when a producer that does not wait overfills the buffer', async () => {
  const { response, stream } = await openStream(() => {});
  response.pause();
  let bufferedBytes = 0;
  while (!stream.closed.aborted) {
    stream.send({ data: KILOBYTE });
    bufferedBytes += KILOBYTE.length;
  }
  expect(await reasonOfClose(stream)).toBe('overflow');
  expect(bufferedBytes).toBeLessThanOrEqual(EVENT_STREAM_LIMITS.maxBufferBytes);
});

it('carries more than its buffer to a reader that keeps up', async () => {
  const count = 3000;
  const { response } = await openStream(async (stream) => {
    for (let id = 0; id < count; id += 1) {
      stream.send({ id, data: KILOBYTE });
      await stream.ready();
    }
    stream.end();
  });
  expect(await readEvents(response)).toHaveLength(count + 1);
});

it('counts a stream as in progress until it ends, and logs it once', async () => {
  const { response, stream, metrics, logLines } = await openStream(() => {});
  const inProgress = async () => (await metrics.httpRequestsInProgress.get()).values[0]?.value;
  expect(await inProgress()).toBe(1);
  stream.end();
  await readEvents(response);
  await vi.waitFor(async () => expect(await inProgress()).toBe(0));
  const lines = logLines.filter(({ message }) => message === 'request');
  expect(lines).toMatchObject([{ endpoint: '/stream', status: 200, level: 'info' }]);
});

it('lets a stream finish during a shutdown', async () => {
  const { app, response, stream } = await openStream(() => {});
  const drained = app.drain(10_000);
  stream.send({ id: 1, data: 'last words' });
  stream.end();
  const events = await readEvents(response);
  expect(events.map(({ data }) => data)).toEqual(['"last words"', '[DONE]']);
  await drained;
});

it('ends a stream that is still open after the grace with an error event', async () => {
  const { app, response, stream } = await openStream(() => {});
  const drained = app.drain(50);
  const events = await readEvents(response);
  expect(JSON.parse(events[0]?.data ?? '')).toMatchObject({
    type: 'error',
    code: 'SERVICE_UNAVAILABLE',
    reason: 'shutting_down',
  });
  expect(events.at(-1)?.data).toBe('[DONE]');
  expect(await reasonOfClose(stream)).toBe('shutdown');
  await drained;
});

const OFTEN = { eventStream: { ...EVENT_STREAM_LIMITS, revalidateMs: 10 } };

it('ends with an error event once its reader may not be there any more', async () => {
  const { response, stream } = await openStream(() => {}, {
    access: 'user',
    limits: OFTEN,
    revalidate: async () => {
      throw new AppError('forbidden', 'Deactivated', { reason: 'account_deactivated' });
    },
  });
  const events = await readEvents(response);
  expect(JSON.parse(events[0]?.data ?? '')).toMatchObject({
    type: 'error',
    code: 'FORBIDDEN',
    reason: 'account_deactivated',
  });
  expect(events.at(-1)?.data).toBe('[DONE]');
  expect(stream.closed.aborted).toBe(true);
});

it('stays open when it cannot be asked whether its reader may be there', async () => {
  const asked = Promise.withResolvers<void>();
  let times = 0;
  const { response, stream } = await openStream(() => {}, {
    access: 'user',
    limits: OFTEN,
    revalidate: async () => {
      times += 1;
      if (times > 2) asked.resolve();
      throw new Error('the database is away');
    },
  });
  await asked.promise;
  stream.send({ data: 'still here' });
  stream.end();
  expect((await readEvents(response)).map(({ data }) => data)).toEqual(['"still here"', '[DONE]']);
});

it('is asked about often enough for a deactivation to hold within half a minute', () => {
  expect(EVENT_STREAM_LIMITS.revalidateMs).toBeLessThanOrEqual(10_000);
});
