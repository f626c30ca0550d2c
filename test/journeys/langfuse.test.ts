import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readAll, textOf } from '../../src/modules/chat/testing/read-chat.ts';
import { signUp, uploadAndWait, type Client } from '#test/client';
import { startLangfuseServer, type LangfuseServer, type ReceivedSpan } from '#test/langfuse-server';
import { startModelServer, type ModelServer } from '#test/model-server';
import { startTestService, type TestService } from '#test/service';

const KEYS = { publicKey: 'pk-lf-test', secretKey: 'sk-lf-canary-of-langfuse-9911' };
const SECRET = 'sk-canary-in-a-question-0123456789';

let langfuse: LangfuseServer;
let model: ModelServer;
let test: TestService;
let client: Client;
let userId: string;

beforeAll(async () => {
  langfuse = await startLangfuseServer(KEYS);
  model = await startModelServer({ tokenDelayMs: 0 });
  test = await startTestService({
    LANGFUSE_PUBLIC_KEY: KEYS.publicKey,
    LANGFUSE_SECRET_KEY: KEYS.secretKey,
    LANGFUSE_HOST: langfuse.url,
    LLM_BASE_URL: model.baseUrl,
    LLM_API_KEY: 'sk-provider-canary-7722334455',
    LLM_MODEL: 'gpt-4o-mini',
    LOG_LEVEL: 'debug',
  });
  const account = await signUp(test.baseUrl);
  client = account.client;
  userId = account.user.id;
});
afterAll(async () => {
  await test.close();
  await langfuse.close();
  await model.close();
});

describe('a question to a project', () => {
  it('is one trace with its retrieval, its answer, what it cost, whose it was, and its score', async () => {
    const { id: projectId } = (await client.post('/projects', { name: 'Nuts' })).body;
    const content = 'Walnuts grow on trees. They are harvested in autumn.';
    await uploadAndWait(client, projectId, { name: 'nuts.txt', content });
    model.mock.prependFixture({
      match: { userMessage: /harvested/ },
      response: {
        content: 'They are "harvested in autumn" [1], or "not in there at all" [1].',
        usage: { prompt_tokens: 90, completion_tokens: 10 },
      },
    });
    const message = `When are walnuts harvested? ${SECRET}`;
    const { response, events } = await client.stream('/chat/stream', {
      message,
      project_id: projectId,
    });
    const traceId = response.headers.get('x-trace-id');
    const told = await readAll(events);

    const run = await waitForSpan('chain');
    const retrieval = await waitForSpan('retriever');
    const generation = await waitForSpan('generation');
    const sessionId = told.find(({ data }) => data.type === 'session')?.data.session_id;
    for (const span of [run, retrieval, generation]) {
      expect(span).toMatchObject({
        traceId,
        attributes: {
          'user.id': userId,
          'session.id': sessionId,
          'langfuse.trace.name': 'chat',
          'langfuse.trace.metadata.project_id': projectId,
        },
      });
    }
    expect([retrieval.parentSpanId, generation.parentSpanId]).toEqual([run.spanId, run.spanId]);
    expect(run.attributes['langfuse.trace.output']).toBe(textOf(told));
    expect(retrieval.attributes['langfuse.observation.output']).toContain('harvested in autumn');
    expect(generation.attributes).toMatchObject({
      'langfuse.observation.model.name': 'gpt-4o-mini',
      'langfuse.observation.metadata.provider': 'openai',
      // 90 and 10 tokens at 0.15 and 0.60 dollars a million, which makes 19.5 millionths.
      'langfuse.observation.cost_details': '{"total":0.00002}',
      'langfuse.observation.usage_details': '{"input":90,"output":10,"total":100}',
    });
    expect(timeOf(generation, 'langfuse.observation.completion_start_time')).toBeGreaterThan(0);
    await expect
      .poll(() => langfuse.scores, { timeout: 5000 })
      .toMatchObject([{ traceId, name: 'citation_accuracy', value: 0.5 }]);

    const path = `/chat/messages/${told[0]?.data.message_id}/feedback`;
    const feedback = () => langfuse.scores.filter(({ name }) => name === 'user_feedback');
    for (const score of [1, -1]) {
      await client.post(path, { score, comment: `Because. ${SECRET}` });
      await expect
        .poll(feedback, { timeout: 5000 })
        .toMatchObject([{ traceId, value: score, comment: expect.stringContaining('Because.') }]);
    }
    await client.call('DELETE', path);
    await expect.poll(feedback, { timeout: 5000 }).toEqual([]);
  });
});

describe('an answer that fails', () => {
  it('is told by a name of ours, without what the endpoint wrote', async () => {
    model.mock.prependFixture({
      match: { userMessage: /fail/ },
      response: { error: { message: 'canary of the endpoint' }, status: 400 },
    });
    langfuse.spans.splice(0);
    await client.post('/chat', { message: 'Please fail' });
    const run = await waitForSpan('chain');
    const generation = await waitForSpan('generation');
    for (const { attributes, status } of [run, generation]) {
      expect(status.code).toBe(2);
      expect(attributes['langfuse.observation.level']).toBe('ERROR');
      expect(attributes['langfuse.observation.status_message']).toMatch(/^[a-z_.]+$/);
    }
    expect(generation.attributes['langfuse.observation.cost_details']).toBeUndefined();
  });
});

it('leaves no secret with langfuse, and none of its own in the log', () => {
  expect(langfuse.faults).toEqual([]);
  expect(langfuse.bodies.join('\n')).not.toContain('canary');
  expect(test.logged()).not.toContain('canary');
});

/** The first span of this type, once it has come. */
async function waitForSpan(type: string): Promise<ReceivedSpan> {
  const find = () => langfuse.spans.find((span) => typeOf(span) === type);
  await expect.poll(find, { timeout: 5000 }).toBeDefined();
  const span = find();
  if (!span) throw new Error(`no ${type}`);
  return span;
}

function typeOf({ attributes }: ReceivedSpan): string | undefined {
  return attributes['langfuse.observation.type'];
}

function timeOf({ attributes }: ReceivedSpan, name: string): number {
  return Date.parse(JSON.parse(attributes[name] ?? '""'));
}
