import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  idsOf,
  readAll,
  readSome,
  textOf,
  typesOf,
} from '../../src/modules/chat/testing/read-chat.ts';
import { createChatter, type Chatter } from '#test/chatter';
import { readEvents, type Json, type StreamEvent } from '#test/client';
import { startModelServer, type ModelServer } from '#test/model-server';
import { startModelWire, type ModelWire } from '#test/model-wire';
import { startTestService, type TestService } from '#test/service';

/** Long enough for a client to come back on a busy machine. */
const GRACE_SECONDS = '4';
const WHOLE = /^w0000 w0001 .* w0199 $/;
const SOON = { timeout: 10_000, interval: 20 };

let model: ModelServer;
let wire: ModelWire;
let test: TestService;
let chatter: Chatter;

beforeAll(async () => {
  model = await startModelServer({ tokenDelayMs: 0 });
  wire = await startModelWire(model.mock.url);
  test = await startTestService({
    LLM_BASE_URL: wire.baseUrl,
    STREAM_RESUME_GRACE_SECONDS: GRACE_SECONDS,
  });
});
afterAll(async () => {
  await test.close();
  await wire.close();
  await model.close();
});
beforeEach(async () => {
  wire.reset();
  chatter = await createChatter(test);
});

describe('the form of a stream', () => {
  it('goes out, headers and first bytes, before the model has said anything', async () => {
    wire.holdAfter(0);
    const response = await chatter.client.request('POST', '/chat/stream', {
      headers: { 'content-type': 'application/json', 'accept-encoding': 'gzip, br' },
      body: JSON.stringify({ message: 'Well?' }),
    });
    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
      'x-trace-id': expect.stringMatching(/^[0-9a-f]{32}$/),
      'x-request-id': expect.any(String),
      'x-content-type-options': 'nosniff',
      ratelimit: expect.any(String),
    });
    expect(response.headers.get('content-encoding')).toBeNull();
    const [beginning, rest] = response.body?.tee() ?? [];
    const first = await beginning?.getReader().read();
    expect(new TextDecoder().decode(first?.value)).toMatch(/^: /);
    expect(wire.passed).toEqual([]);
    wire.release();
    const events = await readAll(readEvents(new Response(rest)));
    expect(textOf(events)).toMatch(WHOLE);
  });

  it('is numbered events of JSON, from the session to [DONE]', async () => {
    const { events } = await chatter.client.stream('/chat/stream', { message: 'Well?' });
    const seen = await readAll(events);
    const [first] = seen;
    expect(first?.data).toEqual({
      type: 'session',
      session_id: expect.any(String),
      message_id: expect.any(String),
      run_id: expect.any(String),
    });
    expect(idsOf(seen)).toEqual([...countTo(seen.length - 1), undefined]);
    expect(new Set(typesOf(seen))).toEqual(new Set(['session', 'token', 'usage', '[DONE]']));
    expect(typesOf(seen).slice(-2)).toEqual(['usage', '[DONE]']);
    const answer = await chatter.answer(first?.data.session_id);
    expect(answer.id).toBe(first?.data.message_id);
  });
});

describe('a stream that is resumed', () => {
  it('goes on after the last event that arrived, with each event once', async () => {
    wire.holdAfter(30);
    const stream = await chatter.open();
    const before = await readSome(stream.events, 12);
    stream.leave();
    wire.release();
    const after = await chatter.resume(stream.runId, idsOf(before).at(-1));
    expectWhole([...stream.first, ...before, ...after]);
    expect(await chatter.usage()).toHaveLength(2);
  });

  it('can be resumed again and again, and left in between', async () => {
    const seen: StreamEvent[] = [];
    wire.holdAfter(20);
    const stream = await chatter.open();
    seen.push(...stream.first, ...(await readSome(stream.events, 5)));
    stream.leave();
    const again = await chatter.follow(stream.runId, idsOf(seen).at(-1));
    seen.push(...(await readSome(again.events, 5)));
    again.leave();
    wire.release();
    seen.push(...(await chatter.resume(stream.runId, idsOf(seen).at(-1))));
    expectWhole(seen);
  });

  it.each([
    ['without an id', undefined],
    ['from the beginning', '0'],
    ['from the middle', '77'],
  ])('after its end is told %s again, to the end', async (_what, lastEventId) => {
    const { told } = await chatter.ask('Well?');
    const again = await chatter.resume(told[0].run_id, lastEventId);
    const missing = told.slice(Number(lastEventId ?? 0));
    expect(again.map(({ data }) => data)).toEqual(missing);
  });

  it('after its last event only ends', async () => {
    const { told } = await chatter.ask('Well?');
    const again = await chatter.resume(told[0].run_id, String(told.length - 1));
    expect(again.map(({ data }) => data)).toEqual(['[DONE]']);
  });

  it('leaves the final state on the message exactly once', async () => {
    wire.holdAfter(30);
    const stream = await chatter.open();
    stream.leave();
    wire.release();
    await chatter.resume(stream.runId, '1');
    await chatter.resume(stream.runId, '1');
    const { body } = await chatter.client.get(`/chat/sessions/${stream.sessionId}/messages`);
    expect(body.items.map(({ role }: Json) => role)).toEqual(['user', 'assistant']);
    expect(body.items[1]).toMatchObject({
      status: 'complete',
      content: expect.stringMatching(WHOLE),
    });
    expect(wire.calls).toHaveLength(1);
    expect(await chatter.usage()).toHaveLength(2);
  });

  it('is told to two readers alike', async () => {
    wire.holdAfter(10);
    const stream = await chatter.open();
    const other = await chatter.follow(stream.runId);
    wire.release();
    const [mine, theirs] = await Promise.all([readAll(stream.events), readAll(other.events)]);
    expectWhole(theirs);
    expect([...stream.first, ...mine]).toEqual(theirs);
  });

  it.each(['x', '-1', '1.5', '9999999999'])('refuses %j as its last event', async (lastEventId) => {
    const headers = { 'last-event-id': lastEventId };
    const path = `/chat/streams/${randomUUID()}`;
    expect((await chatter.client.request('GET', path, { headers })).status).toBe(422);
  });
});

describe('a client that goes away', () => {
  it('stops the call of the model after the grace time; what was said is kept and charged once', async () => {
    wire.holdAfter(30);
    const stream = await chatter.open();
    await readSome(stream.events, 9);
    stream.leave();
    await wire.calls[0]?.abandoned;
    await expect
      .poll(() => chatter.answer(stream.sessionId), SOON)
      .toMatchObject({ status: 'aborted', finish_reason: 'abandoned', usage_estimated: true });
    const answer = await chatter.answer(stream.sessionId);
    expect(answer.content).toMatch(/^w0000 .* w0008 /);
    await expectChargedOnce(answer);
    expect(wire.passed.join('')).not.toContain('[DONE]');
    const told = await chatter.resume(stream.runId);
    expect(textOf(told)).toBe(answer.content);
    expect(typesOf(told).slice(-2)).toEqual(['usage', '[DONE]']);
  });

  it('from a whole answer stops the call at once, since nobody can come back to it', async () => {
    wire.holdAfter(30);
    const leaving = new AbortController();
    const asking = chatter.client.request('POST', '/chat', {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ message: 'Well?' }),
      signal: leaving.signal,
    });
    await wire.called(1);
    leaving.abort();
    await expect(asking).rejects.toThrow(/abort/);
    await wire.calls[0]?.abandoned;
    const sessions = (await chatter.client.get('/chat/sessions')).body.items;
    expect(sessions).toHaveLength(1);
    await expect
      .poll(() => chatter.answer(sessions[0].id), SOON)
      .toMatchObject({ status: 'aborted' });
  });
});

describe('a stream that is cancelled', () => {
  it('ends for its reader and for the model, keeps what was said, and lets the conversation go on', async () => {
    wire.holdAfter(30);
    const stream = await chatter.open();
    await readSome(stream.events, 9);
    const cancel = `/chat/sessions/${stream.sessionId}/cancel`;
    expect((await chatter.client.post(cancel)).status).toBe(204);
    const rest = await readAll(stream.events);
    expect(rest.slice(-2).map(({ data }) => data.finish_reason ?? data)).toEqual([
      'cancelled',
      '[DONE]',
    ]);
    await wire.calls[0]?.abandoned;
    const answer = await chatter.answer(stream.sessionId);
    expect(answer).toMatchObject({ status: 'aborted', finish_reason: 'cancelled' });
    await expectChargedOnce(answer);
    expect((await chatter.client.post(cancel)).status).toBe(204);
    wire.reset();
    const next = { message: 'Go on', session_id: stream.sessionId };
    expect((await chatter.client.post('/chat', next)).status).toBe(200);
  });

  it('while its session is asked again, is what frees it: until then that is a conflict', async () => {
    wire.holdAfter(10);
    const stream = await chatter.open();
    const next = { message: 'Me too', session_id: stream.sessionId };
    const refused = await chatter.client.post('/chat', next);
    expect(refused).toMatchObject({ status: 409, body: { code: 'CONFLICT' } });
    await vi.waitFor(() => expect(wire.calls).toHaveLength(1));
    wire.release();
    await readAll(stream.events);
    expect((await chatter.client.post('/chat', next)).status).toBe(200);
  });
});

describe('somebody else', () => {
  it('finds neither the stream nor its session, while it runs and after', async () => {
    const { client: stranger } = await createChatter(test);
    wire.holdAfter(10);
    const stream = await chatter.open();
    const paths: readonly [string, string][] = [
      ['GET', `/chat/streams/${stream.runId}`],
      ['POST', `/chat/sessions/${stream.sessionId}/cancel`],
      ['GET', `/chat/sessions/${stream.sessionId}/messages`],
    ];
    const tryAll = () =>
      Promise.all(
        paths.map(async ([method, path]) => (await stranger.request(method, path)).status),
      );
    expect(await tryAll()).toEqual([404, 404, 404]);
    wire.release();
    expectWhole([...stream.first, ...(await readAll(stream.events))]);
    expect(await tryAll()).toEqual([404, 404, 404]);
    const unknown = await stranger.get(`/chat/streams/${randomUUID()}`);
    const foreign = await stranger.get(`/chat/streams/${stream.runId}`);
    expect(withoutIds(foreign.body, stream.runId)).toEqual(withoutIds(unknown.body));
  });
});

function expectWhole(seen: readonly StreamEvent[]): void {
  expect(idsOf(seen)).toEqual([...countTo(seen.length - 1), undefined]);
  expect(textOf(seen)).toMatch(WHOLE);
}

async function expectChargedOnce({ usage }: Json): Promise<void> {
  const amount = usage.prompt_tokens + usage.completion_tokens;
  expect(await chatter.usage()).toEqual([
    expect.objectContaining({ metric: 'ai_requests', amount: 1 }),
    expect.objectContaining({ metric: 'ai_tokens', amount }),
  ]);
}

const countTo = (last: number) => Array.from({ length: last }, (_, index) => String(index + 1));

function withoutIds({ trace_id: _traceId, instance: _instance, ...rest }: Json, id = ''): string {
  return JSON.stringify(rest).replaceAll(/[0-9a-f-]{36}/g, (found) =>
    id && found !== id ? found : 'ID',
  );
}
