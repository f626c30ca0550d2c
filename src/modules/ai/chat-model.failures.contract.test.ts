import { describe, expect, it } from 'vitest';
import {
  BODY_CANARY,
  expectFailure,
  startEndpoint,
  startMock,
  type Asked,
} from './testing/ask-endpoint.ts';
import {
  buildPolicy,
  buildRequest,
  KEY_CANARY,
  neverAborted,
  readStream,
  textOf,
} from './testing/chat-requests.ts';
import { buildBench, REMOTE_NAMES, type RemoteName } from './testing/provider-subjects.ts';
import {
  openStream,
  startScriptedEndpoint,
  type EndpointScript,
} from './testing/scripted-endpoint.ts';
import { WIRES } from './testing/wire-frames.ts';

const request = buildRequest('Say something');

const NOTHING_COUNTED = {
  prompt_tokens: 0,
  completion_tokens: 0,
  input_tokens: 0,
  output_tokens: 0,
  promptTokenCount: 0,
  candidatesTokenCount: 0,
};

/** As each of them says it. */
const TOO_LONG: Readonly<Record<RemoteName, string>> = {
  openai: JSON.stringify({ error: { code: 'context_length_exceeded', message: BODY_CANARY } }),
  litellm: JSON.stringify({
    error: { code: '400', message: `litellm.ContextWindowExceededError: ${BODY_CANARY}` },
  }),
  anthropic: JSON.stringify({
    type: 'error',
    error: {
      type: 'invalid_request_error',
      message: `prompt is too long: 200001 tokens > 200000 maximum ${BODY_CANARY}`,
    },
  }),
  gemini: JSON.stringify({
    error: {
      status: 'INVALID_ARGUMENT',
      message: `The input token count (2) exceeds the maximum number of tokens allowed (1). ${BODY_CANARY}`,
    },
  }),
};

async function ask(name: RemoteName, baseUrl: string, { timeoutMs = 10_000 } = {}): Promise<Asked> {
  const policy = buildPolicy();
  const { model } = buildBench(name, new URL(baseUrl).origin, { policy, timeoutMs });
  const reading = await readStream(model.stream(request, neverAborted));
  return { ...reading, waitsMs: policy.waitsMs };
}

async function askScripted(
  name: RemoteName,
  script: EndpointScript,
  limits?: { timeoutMs: number },
) {
  const endpoint = await startEndpoint(script);
  return { ...(await ask(name, endpoint.baseUrl, limits)), calls: endpoint.calls };
}

describe.each(REMOTE_NAMES)('%s', (name) => {
  const wire = WIRES[name];
  const whole = wire.start + wire.text('whole') + wire.finish + wire.end;

  it('tells what was read, cached, written and thought, and says no thoughts', async () => {
    const reading = await askScripted(name, (response) => {
      openStream(response);
      response.end(whole);
    });
    expect(reading.failure).toBeUndefined();
    expect(textOf(reading.events)).toBe('whole');
    expect(reading.events.at(-1)).toEqual({
      type: 'finish',
      reason: 'stop',
      usage: {
        promptTokens: 100,
        completionTokens: 20,
        cachedTokens: 40,
        reasoningTokens: 5,
        isEstimated: false,
      },
    });
  });

  it('has its usage counted by us where it counts nothing', async () => {
    const mock = await startMock();
    mock.onMessage(/.*/, { content: 'Here I am', usage: NOTHING_COUNTED });
    const reading = await ask(name, mock.url);
    expect(reading.events.at(-1)).toMatchObject({
      usage: { promptTokens: 6, completionTokens: 3, isEstimated: true },
    });
  });

  it('is read from frames that are split anywhere, inside a character too', async () => {
    const text = 'naïve 保修期 🙂';
    const bytes = Buffer.from(wire.start + wire.text(text) + wire.finish + wire.end);
    const reading = await askScripted(name, (response) => {
      openStream(response);
      response.socket?.setNoDelay(true);
      let at = 0;
      const writeNext = () => {
        if (at >= bytes.length) return void response.end();
        response.write(bytes.subarray(at, (at += 7)), () => setImmediate(writeNext));
      };
      writeNext();
    });
    expect(textOf(reading.events)).toBe(text);
    expect(reading.failure).toBeUndefined();
  });

  it('is tried three times on 429, as late as it asks for, and then reported', async () => {
    const mock = await startMock();
    mock.onMessage(/.*/, { error: { message: BODY_CANARY }, status: 429, retryAfter: 2 });
    const reading = await ask(name, mock.url);
    expectFailure(reading, {
      kind: 'external',
      options: { reason: 'upstream_rate_limited', retryable: true, retryAfterSeconds: 2 },
    });
    expect(mock.getRequests()).toHaveLength(3);
    expect(reading.waitsMs).toEqual([2000, 2000]);
  });

  it.each([500, 503, 529])(
    'is tried three times on %i, with longer and longer waits',
    async (status) => {
      const mock = await startMock();
      mock.onMessage(/.*/, { error: { message: BODY_CANARY, type: 'server_error' }, status });
      const reading = await ask(name, mock.url);
      expectFailure(reading, { kind: 'external', options: { reason: 'upstream_failed' } });
      expect(mock.getRequests()).toHaveLength(3);
      expect(reading.waitsMs).toEqual([500, 1000]);
    },
  );

  it('is forgiven a failure that passes', async () => {
    const mock = await startMock();
    mock.onMessage(/.*/, { content: 'Here I am' });
    mock.nextRequestError(503, { message: BODY_CANARY });
    const reading = await ask(name, mock.url);
    expect(textOf(reading.events)).toBe('Here I am');
    expect(mock.getRequests()).toHaveLength(2);
  });

  it.each([
    [400, 'upstream_refused'],
    [401, 'upstream_key_refused'],
    [403, 'upstream_key_refused'],
    [404, 'upstream_refused'],
  ])('is not tried again on %i, and nothing it wrote is told', async (status, reason) => {
    const mock = await startMock();
    mock.onMessage(/.*/, { error: { message: `${BODY_CANARY} for ${KEY_CANARY}` }, status });
    const reading = await ask(name, mock.url);
    expectFailure(reading, { kind: 'external', options: { reason, retryable: false } });
    expect(mock.getRequests()).toHaveLength(1);
  });

  it('calls a conversation that is too long the fault of its caller', async () => {
    const reading = await askScripted(name, (response) => {
      response.writeHead(400, { 'content-type': 'application/json' });
      response.end(TOO_LONG[name]);
    });
    expectFailure(reading, { kind: 'invalid', options: { reason: 'model.context_exceeded' } });
    expect(reading.calls).toHaveLength(1);
  });

  it('is not followed to another address', async () => {
    const other = await startEndpoint((response) => response.end());
    const reading = await askScripted(name, (response) => {
      response.writeHead(307, { location: other.baseUrl }).end(BODY_CANARY);
    });
    expectFailure(reading, { kind: 'external', options: { reason: 'upstream_refused' } });
    expect(other.calls).toHaveLength(0);
  });

  it('is tried three times when nobody listens', async () => {
    const endpoint = await startScriptedEndpoint((response) => response.end());
    await endpoint.close();
    const reading = await ask(name, endpoint.baseUrl);
    expectFailure(reading, {
      options: { reason: 'upstream_unreachable', retryable: true },
      cause: { message: expect.stringContaining('ECONNREFUSED') },
    });
    expect(reading.waitsMs).toHaveLength(2);
  });

  it.each<readonly [string, (text: string) => EndpointScript]>([
    [
      'a reset connection',
      (text) => (response) => {
        openStream(response);
        response.write(text, () => response.socket?.resetAndDestroy());
      },
    ],
    [
      'an end without an end',
      (text) => (response) => {
        openStream(response);
        response.end(text);
      },
    ],
  ])('is never finished after %s, nor asked again', async (_how, cut) => {
    const reading = await askScripted(
      name,
      cut(wire.start + wire.text('one ') + wire.text('two ')),
    );
    expectFailure(reading, { kind: 'external', options: { reason: 'upstream_cut' } });
    expect(textOf(reading.events)).toBe('one two ');
    expect(reading.events.some(({ type }) => type === 'finish')).toBe(false);
    expect(reading.calls).toHaveLength(1);
  });

  it('is never finished after a mock that disconnects', async () => {
    const mock = await startMock();
    const content = 'one two three four five';
    mock.onMessage(/.*/, { content }, { truncateAfterChunks: 5, latency: 10 });
    const reading = await ask(name, mock.url);
    expectFailure(reading, { kind: 'external', options: { reason: 'upstream_cut' } });
    expect(mock.getRequests()).toHaveLength(1);
  });

  it.each([
    [
      'a frame that is no JSON',
      `event: content_block_delta\ndata: {"candidates": BODY-CANARY-7731\n\n`,
    ],
    ['a frame that is a number', 'event: message_start\ndata: 5\n\n'],
    ['an HTML page', '<html><body>BODY-CANARY-7731</body></html>\n\n'],
    ['a page without an end', '<html><body>BODY-CANARY-7731'],
    ['nothing', ''],
  ])('is refused where it sends %s', async (_what, body) => {
    const reading = await askScripted(name, (response) => {
      openStream(response);
      response.end(body);
    });
    expectFailure(reading, { kind: 'external', options: { reason: 'upstream_error' } });
    expect(reading.events).toEqual([]);
  });

  it('tells a failure within the stream, and nothing of its words', async () => {
    const reading = await askScripted(name, (response) => {
      openStream(response);
      response.end(wire.start + wire.text('one ') + wire.errorInStream);
    });
    expectFailure(reading, { kind: 'external' });
    expect(textOf(reading.events)).toBe('one ');
    expect(reading.calls).toHaveLength(1);
  });

  it('times out before its first token, and is not asked again', async () => {
    const reading = await askScripted(name, () => {}, { timeoutMs: 150 });
    expectFailure(reading, { kind: 'timeout', options: { reason: 'upstream_timeout' } });
    expect(reading.calls).toHaveLength(1);
  });

  it('times out in the middle of its answer, with the tokens so far given out', async () => {
    const reading = await askScripted(
      name,
      (response) => {
        openStream(response);
        response.write(wire.start + wire.text('one '));
      },
      { timeoutMs: 500 },
    );
    expectFailure(reading, { kind: 'timeout', options: { reason: 'upstream_timeout' } });
    expect(textOf(reading.events)).toBe('one ');
  });

  it.each(['gives up', 'stops reading'])('is left as soon as the reader %s', async (how) => {
    const endpoint = await startEndpoint((response) => {
      openStream(response);
      response.write(wire.start + wire.text('one '));
    });
    const { model } = buildBench(name, new URL(endpoint.baseUrl).origin);
    const controller = new AbortController();
    for await (const event of model.stream(request, controller.signal)) {
      expect(event).toEqual({ type: 'text-delta', text: 'one ' });
      if (how === 'stops reading') break;
      controller.abort();
      break;
    }
    await endpoint.callerGone;
  });
});
