import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signUp, uploadAndWait, type Client, type Json } from '#test/client';
import { startTestService, type TestService } from '#test/service';

type Question = { question: string; document: string; page: number | null; quote: string };

const QUESTIONS: readonly Question[] = JSON.parse(readFileSync('examples/questions.json', 'utf8'));
const DOCUMENTS = [...new Set(QUESTIONS.map(({ document }) => document))];

let test: TestService;
let client: Client;
let projectId: string;

beforeAll(async () => {
  test = await startTestService();
  client = (await signUp(test.baseUrl)).client;
  projectId = (await client.post('/projects', { name: 'Story' })).body.id;
  for (const name of DOCUMENTS) {
    await uploadAndWait(client, projectId, { name, content: readFileSync(`examples/${name}`) });
  }
});
afterAll(() => test.close());

describe('a person who uploads documents and asks', () => {
  it.each(QUESTIONS)(
    'is answered "$question" from $document',
    async ({ question, document, page, quote }) => {
      const { response, events } = await client.stream('/chat/stream', {
        message: question,
        project_id: projectId,
      });
      const seen = await collect(events);
      const citations = seen.filter(({ type }) => type === 'citation');
      expect(response.headers.get('x-trace-id')).toMatch(/^[0-9a-f]{32}$/);
      expect(citations).toContainEqual(
        expect.objectContaining({
          document_title: document,
          page,
          quote: expect.stringContaining(quote),
        }),
      );
      expect(seen.at(-1)).toBe('[DONE]');
    },
  );

  it('is cited byte for byte from the passages that were found', async () => {
    const [first] = QUESTIONS;
    const { body } = await client.post('/chat', {
      message: first?.question,
      project_id: projectId,
    });
    for (const citation of body.message.citations) {
      const path = `/projects/${projectId}/documents/${citation.document_id}/chunks?page_size=100`;
      const chunks: Json[] = (await client.get(path)).body.items;
      expect(chunks.some(({ content }) => content.includes(citation.quote))).toBe(true);
    }
    expect(body.message.citations.length).toBeGreaterThan(0);
  });

  it('is told plainly when no document answers, and nothing is cited', async () => {
    const { body } = await client.post('/chat', {
      message: 'Wie hoch ist der Mount Everest?',
      project_id: projectId,
    });
    expect(body.message.citations).toEqual([]);
    expect(body.message.status ?? 'complete').toBe('complete');
  });

  it('finds tokens, cost and latency on every message', async () => {
    const { body: chat } = await client.post('/chat', {
      message: 'What is covered?',
      project_id: projectId,
    });
    const { body } = await client.get(`/chat/sessions/${chat.session_id}/messages`);
    const answer = body.items.find(({ role }: Json) => role === 'assistant');
    expect(answer.usage.prompt_tokens).toBeGreaterThan(0);
    expect(answer.usage.completion_tokens).toBeGreaterThan(0);
    expect(answer.usage.cost).toBe(0);
    expect(answer.latency_ms).toBeGreaterThanOrEqual(0);
  });
});

async function collect(events: AsyncIterable<{ data: Json }>): Promise<Json[]> {
  const seen: Json[] = [];
  for await (const { data } of events) seen.push(data);
  return seen;
}
