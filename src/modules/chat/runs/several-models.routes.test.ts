import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AppError } from '#platform/errors/app-error';
import { createClient } from '#test/client';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { addTeam } from '#test/teams';
import { startChat, type ChatUnderTest } from '../testing/chat-under-test.ts';
import { answerOf, listUsage, readAll, textOf } from '../testing/read-chat.ts';
import type { ModelCall } from '../testing/scripted-model.ts';

const BROKEN_USE = {
  model: 'first',
  provider: 'elsewhere',
  usage: { promptTokens: 50, completionTokens: 5, isEstimated: true },
};
/** Ten millionths of a dollar a token, in euros at 0.9. */
const TOKEN_COST_MICROS = 9;

let test: TestDatabase;
let chat: ChatUnderTest;
beforeAll(async () => {
  test = await createTestDatabase();
  chat = await startChat(test.database);
});
afterAll(async () => {
  await chat.close();
  await test.close();
});

/** Asks, has the model say what the test wants, and gives what is told, stored and billed. */
async function ask(answer: (call: ModelCall) => void, body: object = {}) {
  const { actor } = await addTeam(test.database);
  const client = createClient(...chat.accessOf(actor));
  const asking = client.stream('/chat/stream', { message: 'Well?', ...body });
  const call = await chat.model.nextCall();
  answer(call);
  const events = await readAll((await asking).events);
  const message = await answerOf(client, events[0]?.data.session_id);
  const usage = await listUsage(test.database, actor.teamId);
  return { call, events, message, tokens: usage.filter(({ metric }) => metric === 'ai_tokens') };
}

describe('an answer that two models gave', () => {
  const answered = () =>
    ask((call) => {
      call.choose('first');
      call.say('Cats sleep ');
      call.choose('second', [BROKEN_USE]);
      call.say('long.');
      call.finish();
    });

  it('is one message of the model that ended it, whose cost is the sum', async () => {
    const { events, message } = await answered();
    expect(textOf(events)).toBe('Cats sleep long.');
    const sum = { prompt_tokens: 150, completion_tokens: 15 };
    const cost = (165 * TOKEN_COST_MICROS) / 1e6;
    expect(message).toMatchObject({
      status: 'complete',
      content: 'Cats sleep long.',
      model: 'second',
      usage: { ...sum, cost },
      usage_estimated: true,
    });
    const told = events.find(({ data }) => data.type === 'usage')?.data;
    expect(told).toMatchObject({ ...sum, cost, model: 'second' });
  });

  it('is billed for what each of them used', async () => {
    const { tokens } = await answered();
    expect(tokens.toSorted((one, other) => one.amount - other.amount)).toMatchObject([
      {
        model: 'first',
        provider: 'elsewhere',
        amount: 55,
        cost_micros: 495,
        usage_estimated: true,
      },
      { model: 'second', provider: 'test', amount: 110, cost_micros: 990, usage_estimated: false },
    ]);
  });

  it('says with the first token of each who speaks', async () => {
    const { events } = await answered();
    const spoken = events.filter(({ data }) => data.type === 'token').map(({ data }) => data);
    expect(spoken).toEqual([
      { type: 'token', content: 'Cats sleep ', model: 'first', provider: 'test' },
      { type: 'token', content: 'long.', model: 'second', provider: 'test' },
    ]);
  });

  it('that breaks off again is charged for both parts, and keeps its text', async () => {
    const failure = new AppError('external', 'Broken', { reason: 'upstream_cut' });
    const { message, tokens } = await ask((call) => {
      call.choose('first');
      call.say('Cats sleep ');
      call.choose('second', [BROKEN_USE]);
      call.say('long and');
      call.fail(failure);
    });
    expect(message).toMatchObject({ status: 'incomplete', content: 'Cats sleep long and' });
    const second = tokens.find(({ model }) => model === 'second');
    expect(second).toMatchObject({ completion_tokens: 2, usage_estimated: true });
    expect(tokens).toHaveLength(2);
    const billed = tokens.reduce((sum, { cost_micros: cost }) => sum + cost, 0);
    expect(Math.round(message.usage.cost * 1e6)).toBe(billed);
  });
});

describe('an answer that a fallback gave', () => {
  it('is billed to it alone', async () => {
    const { message, tokens } = await ask((call) => {
      call.choose('second');
      call.say('Cats.');
      call.finish();
    });
    expect(message.model).toBe('second');
    expect(tokens).toMatchObject([{ model: 'second', provider: 'test', amount: 110 }]);
  });

  it('and that fails before its first token is not charged', async () => {
    const { message, tokens } = await ask((call) => {
      call.choose('second');
      call.fail(new AppError('external', 'Broken'));
    });
    expect(message).toMatchObject({ status: 'incomplete', usage: { cost: 0 } });
    expect(tokens).toEqual([]);
  });
});

describe('what becomes of an answer that breaks off', () => {
  it.each(['fail', 'continue'])('is the model’s business: %s', async (onInterruption) => {
    const { call } = await ask((asked) => asked.finish(), { on_interruption: onInterruption });
    expect(call.request.onInterruption).toBe(onInterruption);
  });

  it.each(['default', 'none'])('and of one that fails: %s', async (fallbacks) => {
    const { call } = await ask((asked) => asked.finish(), { fallbacks });
    expect(call.request.fallbacks).toBe(fallbacks);
  });

  it('is one of two things', async () => {
    const { actor } = await addTeam(test.database);
    const client = createClient(...chat.accessOf(actor));
    const body = { message: 'Well?', on_interruption: 'repeat' };
    const { status, body: problem } = await client.post('/chat', body);
    expect(status).toBe(422);
    expect(problem.errors).toMatchObject([{ field: 'on_interruption' }]);
  });
});
