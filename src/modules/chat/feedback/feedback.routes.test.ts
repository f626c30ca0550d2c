import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId, type MessageId } from '#shared/ids';
import { createClient, type Client } from '#test/client';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { addTeam } from '#test/teams';
import { startChat, type ChatUnderTest } from '../testing/chat-under-test.ts';

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

const pathOf = (messageId: string) => `/chat/messages/${messageId}/feedback`;

async function signIn(): Promise<Client> {
  const { actor } = await addTeam(test.database);
  return createClient(...chat.accessOf(actor));
}

/** Somebody with a question of theirs and its answer. */
async function ask() {
  const client = await signIn();
  const { body: session } = await client.post('/chat/sessions');
  const asking = client.post('/chat', { message: 'Well?', session_id: session.id });
  const call = await chat.model.nextCall();
  call.say('Yes.');
  call.finish();
  await asking;
  const messages = `/chat/sessions/${session.id}/messages`;
  const { items } = (await client.get(messages)).body;
  return { client, session, messages, question: String(items[0].id), answer: String(items[1].id) };
}

describe('feedback on an answer', () => {
  it('is given, read, changed, listed with the messages and taken back', async () => {
    const { client, answer, messages } = await ask();
    const scores = async () =>
      (await client.get(messages)).body.items.map(
        (item: Record<string, unknown>) => item['feedback_score'],
      );
    expect(await scores()).toEqual([null, null]);

    const given = await client.post(pathOf(answer), { score: -1, comment: 'Why?' });
    expect(given.status).toBe(200);
    expect(given.body).toEqual({
      message_id: answer,
      score: -1,
      comment: 'Why?',
      created_at: expect.any(String),
      updated_at: expect.any(String),
    });
    expect((await client.get(pathOf(answer))).body).toEqual(given.body);
    expect(await scores()).toEqual([null, -1]);

    const changed = (await client.post(pathOf(answer), { score: 1 })).body;
    const { created_at } = given.body;
    expect(changed).toMatchObject({ score: 1, comment: null, created_at });
    expect((await client.get(pathOf(answer))).body).toEqual(changed);
    expect(await scores()).toEqual([null, 1]);

    expect((await client.call('DELETE', pathOf(answer))).status).toBe(204);
    expect((await client.get(pathOf(answer))).status).toBe(404);
    expect((await client.call('DELETE', pathOf(answer))).status).toBe(404);
    expect(await scores()).toEqual([null, null]);
  });

  it('is one, however many are given at once', async () => {
    const { client, answer } = await ask();
    const given = await Promise.all(
      [1, -1, 1, -1].map((score) => client.post(pathOf(answer), { score })),
    );
    expect(given.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(new Set(given.map(({ body }) => body.created_at)).size).toBe(1);
  });

  it('is counted by its score', async () => {
    const before = await countGiven();
    const { client, answer } = await ask();
    for (const score of [1, -1, -1]) await client.post(pathOf(answer), { score });
    const after = await countGiven();
    expect(after).toEqual({ good: before.good + 1, bad: before.bad + 2 });
  });

  it('goes with its message', async () => {
    const { client, answer, messages } = await ask();
    await client.post(pathOf(answer), { score: 1 });
    expect((await client.call('DELETE', messages)).status).toBe(204);
    expect((await client.get(pathOf(answer))).status).toBe(404);
    expect((await client.post(pathOf(answer), { score: 1 })).status).toBe(404);
  });
});

describe('feedback is refused', () => {
  it('on what is no answer, by a reason', async () => {
    const { client, question } = await ask();
    expect(await client.post(pathOf(question), { score: 1 })).toMatchObject({
      status: 422,
      body: { reason: 'feedback.no_answer' },
    });
    expect((await client.get(pathOf(question))).status).toBe(404);
  });

  it('on messages of others and of nobody, which are not there', async () => {
    const { client, answer } = await ask();
    const stranger = await signIn();
    await client.post(pathOf(answer), { score: 1 });
    for (const id of [answer, newId<MessageId>()]) {
      expect((await stranger.post(pathOf(id), { score: -1 })).status).toBe(404);
      expect((await stranger.get(pathOf(id))).status).toBe(404);
      expect((await stranger.call('DELETE', pathOf(id))).status).toBe(404);
    }
    expect((await client.get(pathOf(answer))).body.score).toBe(1);
  });

  it.each([{}, { score: 0 }, { score: 2 }, { score: '1' }, { score: 1, comment: '' }])(
    'as %j',
    async (body) => {
      const { client, answer } = await ask();
      expect((await client.post(pathOf(answer), body)).status).toBe(422);
    },
  );

  it('with a comment of more than 2,000 characters', async () => {
    const { client, answer } = await ask();
    const give = (length: number) =>
      client.post(pathOf(answer), { score: 1, comment: 'c'.repeat(length) });
    expect((await give(2001)).status).toBe(422);
    expect((await give(2000)).status).toBe(200);
  });
});

async function countGiven() {
  const { values } = await chat.metrics.chatFeedbackTotal.get();
  const of = (score: string) => values.find(({ labels }) => labels.score === score)?.value ?? 0;
  return { good: of('1'), bad: of('-1') };
}
