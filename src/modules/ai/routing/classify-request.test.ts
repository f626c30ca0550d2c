import { describe, expect, it } from 'vitest';
import type { ChatRequest } from '../chat-model.ts';
import { buildRequest } from '../testing/chat-requests.ts';
import { classifyRequest } from './classify-request.ts';

const complexityOf = (question: string, changes: Partial<ChatRequest> = {}) =>
  classifyRequest(buildRequest(question, changes)).complexity;

const tool = (name: string) => ({ name, parameters: { type: 'object' } });
const schema = { type: 'json_schema', name: 'answer', schema: {} } as const;

describe('a request is small', () => {
  it.each([
    'What is the capital of France?',
    'Wie lange gilt die Garantie?',
    'Translate "good morning" into Spanish.',
    'Quel est le prix ?',
    '保修期是多久？',
    '',
  ])('for %j', (question) => {
    expect(complexityOf(question)).toBe('small');
  });

  it('with a tool and nothing else', () => {
    expect(complexityOf('What is the weather?', { tools: [tool('weather')] })).toBe('small');
  });
});

describe('a request is medium', () => {
  it.each([
    ['with code', 'Why does this fail?\n```js\nnull.x\n```'],
    ['with mathematics', 'Prove that the sum of two even numbers is even'],
    ['with work in two steps', 'Compare both offers and plan what to do'],
    ['with work in two steps, in German', 'Vergleiche beide Angebote und plane das Vorgehen'],
    ['with work in two steps, in French', 'Compare les offres et évalue leurs avantages'],
    ['with work in two steps, in Russian', 'Сравни оба варианта и составь план'],
    ['with work in two steps, in Chinese', '请分析并比较这两个方案'],
  ])('%s', (_what, question) => {
    expect(complexityOf(question)).toBe('medium');
  });

  it('with a tool and a schema for the answer', () => {
    const shaped = { tools: [tool('weather')], responseFormat: schema };
    expect(complexityOf('What is the weather?', shaped)).toBe('medium');
  });
});

describe('a request is large', () => {
  it('with code and work in several steps', () => {
    const question = 'Analyse this step by step and refactor it:\n```ts\nconst a = 1;\n```';
    expect(complexityOf(question)).toBe('large');
  });

  it('with a very long prompt and mathematics', () => {
    expect(complexityOf(`Prove the theorem. ${'words and more words '.repeat(4000)}`)).toBe(
      'large',
    );
  });

  it('with high effort that is asked for, and a schema', () => {
    const shaped = { reasoningEffort: 'high', responseFormat: schema } as const;
    expect(complexityOf('Answer', shaped)).toBe('large');
  });
});

it('says what it has weighed', () => {
  const tools = Array.from({ length: 9 }, (_, index) => tool(`tool-${index}`));
  const { reasons } = classifyRequest(buildRequest('1. Sort\n2. Count\n3. Print', { tools }));
  expect(reasons).toEqual(['9 tools', '3 questions or tasks at once']);
  expect(classifyRequest(buildRequest('Hello')).reasons).toEqual(['a short, plain request']);
});

it('looks for signs of content in the newest question alone', () => {
  const turns = [
    { role: 'user', content: 'Prove the theorem step by step, and compare' },
    { role: 'assistant', content: '```js\ncode\n```' },
    { role: 'user', content: 'Thanks' },
  ] as const;
  expect(complexityOf('', { turns })).toBe('small');
});

it('is quick with whatever it is given', () => {
  const startedAt = performance.now();
  for (const text of ['- '.repeat(300_000), 'a '.repeat(300_000), 'at '.repeat(200_000)]) {
    classifyRequest(buildRequest(text));
  }
  expect(performance.now() - startedAt).toBeLessThan(2000);
});
