import { describe, expect, it } from 'vitest';
import {
  ask,
  askMock,
  askScripted,
  BODY_CANARY,
  expectFailure,
  startEndpoint,
  startMock,
} from '../../testing/ask-endpoint.ts';
import {
  buildOpenAiModel,
  buildRequest,
  KEY_CANARY,
  neverAborted,
  textOf,
} from '../../testing/chat-requests.ts';
import {
  DONE_FRAME,
  finishFrame,
  openStream,
  startScriptedEndpoint,
  textFrame,
} from '../../testing/scripted-endpoint.ts';

const request = buildRequest('Say something');
const FIVE_WORDS = ['one ', 'two ', 'three ', 'four ', 'five '];

describe('an endpoint that refuses calls', () => {
  it('is tried three times on 429, as late as it asks for, and then reported', async () => {
    const mock = await startMock();
    mock.onMessage(/.*/, { error: { message: BODY_CANARY }, status: 429, retryAfter: 2 });
    const reading = await askMock(mock);

    expectFailure(reading, {
      kind: 'external',
      options: { reason: 'upstream_rate_limited', retryable: true, retryAfterSeconds: 2 },
    });
    expect(mock.getRequests()).toHaveLength(3);
    expect(reading.waitsMs).toEqual([2000, 2000]);
  });

  it('is not waited for when it asks for more patience than there is', async () => {
    const mock = await startMock();
    mock.onMessage(/.*/, { error: { message: BODY_CANARY }, status: 429, retryAfter: 60 });
    const reading = await askMock(mock);
    expectFailure(reading, { kind: 'external', options: { retryAfterSeconds: 60 } });
    expect(mock.getRequests()).toHaveLength(1);
  });

  it('is tried three times on 500, with longer and longer waits', async () => {
    const mock = await startMock();
    mock.onMessage(/.*/, { error: { message: BODY_CANARY, type: 'server_error' }, status: 500 });
    const reading = await askMock(mock);

    expectFailure(reading, { kind: 'external', options: { reason: 'upstream_failed' } });
    expect(mock.getRequests()).toHaveLength(3);
    expect(reading.waitsMs).toEqual([500, 1000]);
  });

  it('is forgiven a failure that passes', async () => {
    const mock = await startMock();
    mock.onMessage(/.*/, { content: 'Here I am' });
    mock.nextRequestError(503, { message: BODY_CANARY });
    const { events, failure } = await askMock(mock);
    expect(failure).toBeUndefined();
    expect(textOf(events)).toBe('Here I am');
    expect(mock.getRequests()).toHaveLength(2);
  });

  it.each([
    [400, 'upstream_refused'],
    [401, 'upstream_key_refused'],
    [403, 'upstream_key_refused'],
    [404, 'upstream_refused'],
    [422, 'upstream_refused'],
  ])('is not tried again on %i', async (status, reason) => {
    const mock = await startMock();
    mock.onMessage(/.*/, { error: { message: `${BODY_CANARY} for ${KEY_CANARY}` }, status });
    const reading = await askMock(mock);
    expectFailure(reading, {
      kind: 'external',
      options: { reason, retryable: false },
    });
    expect(mock.getRequests()).toHaveLength(1);
  });

  it('is not followed to another address', async () => {
    const other = await startEndpoint((response) => response.end());
    const reading = await askScripted((response) => {
      response.writeHead(307, { location: `${other.baseUrl}/chat/completions` }).end(BODY_CANARY);
    });
    expectFailure(reading, { kind: 'external', options: { reason: 'upstream_refused' } });
    expect(other.calls).toHaveLength(0);
  });

  it('is named by the protocol code and the request id in the cause, and by nothing it wrote', async () => {
    const reading = await askScripted((response) => {
      response.writeHead(400, { 'content-type': 'application/json', 'x-request-id': 'req_42' });
      response.end(
        JSON.stringify({ error: { message: BODY_CANARY, code: 'context_length_exceeded' } }),
      );
    });
    expectFailure(reading, {
      cause: { message: 'BadRequestError, status 400, context_length_exceeded, request req_42' },
    });
  });

  it('is tried three times when nobody listens', async () => {
    const endpoint = await startScriptedEndpoint((response) => response.end());
    await endpoint.close();
    const reading = await ask(endpoint.baseUrl);

    expectFailure(reading, {
      kind: 'external',
      options: { reason: 'upstream_unreachable', retryable: true },
      cause: { message: expect.stringContaining('ECONNREFUSED') },
    });
    expect(reading.waitsMs).toHaveLength(2);
  });

  it('is tried again when it hangs up before the first token', async () => {
    const reading = await askScripted((response, number) => {
      if (number === 1) return void response.destroy();
      openStream(response);
      response.end(textFrame('back') + finishFrame() + DONE_FRAME);
    });
    expect(textOf(reading.events)).toBe('back');
    expect(reading.calls).toHaveLength(2);
  });
});

describe('an endpoint that is silent', () => {
  it('times out before its headers, and is not asked again', async () => {
    const reading = await askScripted(() => {}, { timeoutMs: 150 });
    expectFailure(reading, { kind: 'timeout', options: { reason: 'upstream_timeout' } });
    expect(reading.calls).toHaveLength(1);
  });

  it('times out after its headers', async () => {
    const reading = await askScripted(
      (response) => {
        openStream(response);
        response.flushHeaders();
      },
      { timeoutMs: 150 },
    );
    expectFailure(reading, { kind: 'timeout', options: { reason: 'upstream_timeout' } });
  });

  it('times out in the middle of its answer, with the tokens so far given out', async () => {
    const reading = await askScripted(
      (response) => {
        openStream(response);
        response.write(FIVE_WORDS.map(textFrame).join(''));
      },
      { timeoutMs: 500 },
    );
    expectFailure(reading, { kind: 'timeout', options: { reason: 'upstream_timeout' } });
    expect(textOf(reading.events)).toBe(FIVE_WORDS.join(''));
    expect(reading.events.every(({ type }) => type === 'text-delta')).toBe(true);
  });

  it('does not time out while the reader takes its time', async () => {
    const endpoint = await startEndpoint((response) => {
      openStream(response);
      response.write(textFrame('one '));
      setTimeout(() => response.end(textFrame('two') + finishFrame() + DONE_FRAME), 20);
    });
    const model = buildOpenAiModel(endpoint.baseUrl, { timeoutMs: 300 });
    const types: string[] = [];
    for await (const event of model.stream(request, neverAborted)) {
      types.push(event.type);
      if (types.length === 1) await new Promise((resolve) => setTimeout(resolve, 500));
    }
    expect(types).toEqual(['text-delta', 'text-delta', 'finish']);
  });

  it('counts the waits between attempts into the time to begin', async () => {
    const endpoint = await startEndpoint((response) => response.writeHead(500).end());
    const reading = await ask(endpoint.baseUrl, { timeoutMs: 400 });
    expectFailure(reading, { kind: 'external', options: { reason: 'upstream_failed' } });
    expect(endpoint.calls).toHaveLength(1);
  });
});
