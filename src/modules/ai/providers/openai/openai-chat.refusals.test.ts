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
  neverAborted,
  textOf,
} from '../../testing/chat-requests.ts';
import { DONE_FRAME, finishFrame, openStream, textFrame } from '../../testing/scripted-endpoint.ts';

const request = buildRequest('Say something');

describe('an endpoint that refuses calls', () => {
  it('is not waited for when it asks for more patience than there is', async () => {
    const mock = await startMock();
    mock.onMessage(/.*/, { error: { message: BODY_CANARY }, status: 429, retryAfter: 60 });
    const reading = await askMock(mock);
    expectFailure(reading, { kind: 'external', options: { retryAfterSeconds: 60 } });
    expect(mock.getRequests()).toHaveLength(1);
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
