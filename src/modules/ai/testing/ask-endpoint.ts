import { LLMock } from '@copilotkit/aimock';
import { expect, onTestFinished } from 'vitest';
import { describeError } from '#platform/telemetry/describe-error';
import {
  buildOpenAiModel,
  buildPolicy,
  buildRequest,
  KEY_CANARY,
  neverAborted,
  readStream,
  type Reading,
} from './chat-requests.ts';
import {
  startScriptedEndpoint,
  type EndpointScript,
  type ScriptedEndpoint,
} from './scripted-endpoint.ts';

/** What endpoints write in tests, and nobody may ever read. */
export const BODY_CANARY = 'BODY-CANARY-7731';

const request = buildRequest('Say something');

/** A mock of the OpenAI protocol that is not ours, for the test that runs. */
export async function startMock(): Promise<LLMock> {
  const mock = new LLMock({ port: 0, host: '127.0.0.1', chunkSize: 5 });
  await mock.start();
  onTestFinished(() => mock.stop());
  return mock;
}

/** An endpoint that does as scripted, for the test that runs. */
export async function startEndpoint(script: EndpointScript): Promise<ScriptedEndpoint> {
  const endpoint = await startScriptedEndpoint(script);
  onTestFinished(() => endpoint.close());
  return endpoint;
}

export type Asked = Reading & { readonly waitsMs: readonly number[] };

export async function ask(baseUrl: string, { timeoutMs = 10_000 } = {}): Promise<Asked> {
  const policy = buildPolicy();
  const model = buildOpenAiModel(baseUrl, { policy, timeoutMs });
  const reading = await readStream(model.stream(request, neverAborted));
  return { ...reading, waitsMs: policy.waitsMs };
}

export function askMock(mock: LLMock): Promise<Asked> {
  return ask(`${mock.url}/v1`);
}

/** Asks an endpoint that answers every call as scripted. */
export async function askScripted(script: EndpointScript, limits?: { timeoutMs: number }) {
  const endpoint = await startEndpoint(script);
  const asked = await ask(endpoint.baseUrl, limits);
  return { ...asked, calls: endpoint.calls };
}

/** Holds a failure to what it should be, and to telling nothing of endpoint, key and address. */
export function expectFailure({ failure }: Pick<Reading, 'failure'>, expected: object): void {
  const shown = JSON.stringify([describeError(failure), failure]);
  expect(shown).not.toContain(BODY_CANARY);
  expect(shown).not.toContain(KEY_CANARY);
  expect(shown).not.toContain('127.0.0.1');
  expect(failure).toMatchObject(expected);
}
