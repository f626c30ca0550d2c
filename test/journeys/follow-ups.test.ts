import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signUp, uploadAndWait, type Client } from '#test/client';
import { startModelServer, type ModelServer } from '#test/model-server';
import { startTestService, type TestService } from '#test/service';

const REWRITING = /Newest question: /;
const QUERY = 'parental leave in Germany';
const USAGE = { prompt_tokens: 30, completion_tokens: 5, total_tokens: 35 };

let model: ModelServer;
let test: TestService;
let client: Client;
let projectId: string;

beforeAll(async () => {
  model = await startModelServer({ tokenDelayMs: 0, words: 5 });
  test = await startTestService({
    LLM_BASE_URL: model.baseUrl,
    LLM_API_KEY: 'sk-of-the-test',
    LLM_MODEL: 'gpt-4o-mini',
  });
  client = (await signUp(test.baseUrl)).client;
  projectId = (await client.post('/projects', { name: 'Rules' })).body.id;
  const texts = {
    'germany.txt': 'In Germany parental leave lasts fourteen months.',
    'france.txt': 'In France parental leave lasts sixteen weeks.',
  };
  for (const [name, content] of Object.entries(texts))
    await uploadAndWait(client, projectId, { name, content });
  const settings = { retrieval: { top_k: 1 } };
  await client.call('PATCH', `/projects/${projectId}`, { settings });
  model.mock.prependFixture({
    match: { userMessage: REWRITING },
    response: { content: QUERY, usage: USAGE },
  });
});
afterAll(async () => {
  await test.close();
  await model.close();
});

async function countCalls(): Promise<number> {
  return (await client.get('/usage/summary')).body.total.calls;
}

/** What the model was asked since, oldest first. */
function askedSince(before: number): readonly string[] {
  return model.mock
    .getRequests()
    .slice(before)
    .map(({ body }) => JSON.stringify(body));
}

describe('a follow-up question to a project', () => {
  it('is searched for as the model rewrites it, in a call that is billed besides', async () => {
    const first = await client.post('/chat', {
      message: 'How long is parental leave in France?',
      project_id: projectId,
    });
    expect(first.status).toBe(200);
    expect(askedSince(0)).toEqual([expect.stringContaining('sixteen weeks')]);
    expect(await countCalls()).toBe(1);

    const second = await client.post('/chat', {
      message: 'And there, in the other country?',
      session_id: first.body.session_id,
    });
    expect(second.status).toBe(200);
    const [rewriting, answer, ...more] = askedSince(1);
    expect(rewriting).toMatch(REWRITING);
    expect(rewriting).toContain('How long is parental leave in France?');
    expect(answer).toContain('fourteen months');
    expect(answer).not.toContain('Newest question: ');
    expect(more).toEqual([]);
    expect(await countCalls()).toBe(3);
  });

  it('is rewritten for who keeps the conversation too', async () => {
    const before = model.mock.getRequests().length;
    const messages = [
      { role: 'user', content: 'How long is parental leave in France?' },
      { role: 'assistant', content: 'Sixteen weeks.' },
      { role: 'user', content: 'And there, in the other country?' },
    ];
    const answered = await client.request('POST', '/v1/chat/completions', {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: `project:${projectId}`, messages }),
    });
    expect(answered.status).toBe(200);
    const [rewriting, answer] = askedSince(before);
    expect(rewriting).toMatch(REWRITING);
    expect(answer).toContain('fourteen months');
  });

  it('is searched for as it is asked where the model fails at it, and where the project says so', async () => {
    const { body } = await client.post('/chat', {
      message: 'How long is parental leave in France?',
      project_id: projectId,
    });
    model.mock.prependFixture({
      match: { userMessage: REWRITING },
      response: { error: { message: 'no', type: 'invalid_request_error' }, status: 400 },
    });
    const follow = { session_id: body.session_id };
    const failing = await client.post('/chat', { message: 'And in Germany?', ...follow });
    expect(failing.status).toBe(200);
    expect(askedSince(0).at(-1)).toContain('fourteen months');

    const settings = { retrieval: { top_k: 1, query_rewriting: 'none' } };
    await client.call('PATCH', `/projects/${projectId}`, { settings });
    const before = model.mock.getRequests().length;
    await client.post('/chat', { message: 'And in France?', ...follow });
    expect(askedSince(before)).toEqual([expect.stringContaining('sixteen weeks')]);
  });
});
