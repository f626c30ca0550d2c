import { expect, it } from 'vitest';
import type { ChatEvent, ChatModel, ChatRequest } from '#modules/ai';
import { newId, type TeamId, type UserId } from '#shared/ids';
import { createTakeMemories } from './take-memories.service.ts';

const { signal } = new AbortController();
const finish: ChatEvent = {
  type: 'finish',
  reason: 'stop',
  usage: { promptTokens: 1, completionTokens: 1, isEstimated: false },
};

type Fakes = {
  readonly provider?: string;
  readonly messages?: readonly string[];
  readonly isEnabled?: boolean;
  readonly count?: number;
  readonly answer?: string | Error;
  readonly people?: number;
};

function build(fakes: Fakes = {}) {
  const { provider = 'openai', messages = ['I am a baker'], isEnabled = true, count = 0 } = fakes;
  const { answer = '{"notes": ["Is a baker."]}', people = 1 } = fakes;
  const asked: ChatRequest[] = [];
  const kept: string[] = [];
  const warned: unknown[] = [];
  let claimed = 0;
  const model: ChatModel = {
    name: 'one',
    provider,
    async *stream(request) {
      asked.push(request);
      if (answer instanceof Error) throw answer;
      yield { type: 'text-delta', text: answer };
      yield finish;
    },
  };
  const memories = {
    recall: async () => ['Has a dog.'],
    lockEnabled: async () => isEnabled,
    count: async () => count,
    insert: async ({ content }: { content: string }) => {
      kept.push(content);
      return undefined;
    },
  };
  const take = createTakeMemories({
    unreadWords: () => ({
      claim: async () => {
        claimed += 1;
        if (claimed > people) return undefined;
        const who = { teamId: newId<TeamId>(), userId: newId<UserId>() };
        return { ...who, after: '2026-01-01', until: '2026-01-02' };
      },
      list: async () => messages,
    }),
    unitOfWork: { run: async (_scope, work) => work({ memories }) },
    pickModel: async () => model,
    instructions: 'Take notes',
    logger: { info: () => undefined, warn: (line: unknown) => void warned.push(line) },
  });
  return { take: () => take(signal), asked, kept, warned };
}

it('keeps what the model notes of what was written, knowing what is noted already', async () => {
  const { take, asked, kept } = build();
  await take();
  expect(asked[0]?.turns).toEqual([
    { role: 'system', content: 'Take notes' },
    { role: 'user', content: '{"notes":["Has a dog."],"written":["I am a baker"]}' },
  ]);
  expect(kept).toEqual(['Is a baker.']);
});

it('asks no model that only quotes, and none where nothing was written', async () => {
  for (const fakes of [{ provider: 'builtin' }, { messages: [] }]) {
    const { take, asked, kept } = build(fakes);
    await take();
    expect([asked, kept]).toEqual([[], []]);
  }
});

it('keeps nothing that comes after it was turned off, or beyond what there may be', async () => {
  for (const fakes of [{ isEnabled: false }, { count: 50 }, { answer: 'I cannot' }]) {
    const { take, kept } = build(fakes);
    await take();
    expect(kept).toEqual([]);
  }
});

it('goes on with the next one where a model fails', async () => {
  const { take, asked, warned } = build({ answer: new Error('down'), people: 3 });
  await take();
  expect([asked.length, warned.length]).toEqual([3, 3]);
});

it('reads the youngest of many words, and no more than fit', async () => {
  const messages = ['oldest', 'a'.repeat(5000), 'b'.repeat(5000)];
  const { take, asked } = build({ messages });
  await take();
  const { written } = JSON.parse(asked[0]?.turns[1]?.content ?? '');
  expect(written).toEqual(['a'.repeat(3000), 'b'.repeat(5000)]);
});
