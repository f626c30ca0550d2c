import { afterEach, expect, it, vi } from 'vitest';
import { startEndpoint } from '../testing/ask-endpoint.ts';
import { buildRequest, KEY_CANARY, neverAborted, readStream } from '../testing/chat-requests.ts';
import { buildBench, REMOTE_NAMES } from '../testing/provider-subjects.ts';
import { openStream } from '../testing/scripted-endpoint.ts';
import { WIRES } from '../testing/wire-frames.ts';

afterEach(() => vi.unstubAllEnvs());

const FOREIGN = 'from-the-environment';

it.each(REMOTE_NAMES)('nothing of the environment reaches %s', async (name) => {
  const wire = WIRES[name];
  const elsewhere = await startEndpoint((response) => response.writeHead(500).end());
  const endpoint = await startEndpoint((response) => {
    openStream(response);
    response.end(wire.start + wire.text('fine') + wire.finish + wire.end);
  });
  for (const variable of ['OPENAI', 'ANTHROPIC', 'GOOGLE_GEMINI', 'GOOGLE_VERTEX']) {
    vi.stubEnv(`${variable}_BASE_URL`, elsewhere.baseUrl);
  }
  for (const variable of [
    'OPENAI_API_KEY',
    'OPENAI_ORG_ID',
    'OPENAI_PROJECT_ID',
    'OPENAI_ADMIN_KEY',
    'ANTHROPIC_API_KEY',
    'ANTHROPIC_AUTH_TOKEN',
    'ANTHROPIC_PROFILE',
    'GEMINI_API_KEY',
    'GOOGLE_API_KEY',
    'GOOGLE_CLOUD_PROJECT',
    'GOOGLE_GENAI_API_VERSION',
  ]) {
    vi.stubEnv(variable, FOREIGN);
  }
  vi.stubEnv('ANTHROPIC_CUSTOM_HEADERS', `x-own: ${FOREIGN}\nauthorization: ${FOREIGN}`);
  vi.stubEnv('OPENAI_CUSTOM_HEADERS', `x-own: ${FOREIGN}\nauthorization: ${FOREIGN}`);
  vi.stubEnv('GOOGLE_GENAI_USE_VERTEXAI', 'true');

  const { model } = buildBench(name, new URL(endpoint.baseUrl).origin);
  const { failure } = await readStream(model.stream(buildRequest('Well?'), neverAborted));

  expect(failure).toBeUndefined();
  expect(elsewhere.calls).toEqual([]);
  const sent = JSON.stringify(endpoint.calls);
  expect(sent).not.toContain(FOREIGN);
  expect(sent).toContain(KEY_CANARY);
});
