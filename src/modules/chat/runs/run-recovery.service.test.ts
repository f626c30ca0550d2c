import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { addTeam } from '#test/teams';
import { createClient, readEvents } from '#test/client';
import { newId, type MessageId, type RunId, type SessionId, type TeamId } from '#shared/ids';
import type { Actor } from '#shared/actor';
import { startChat, type ChatUnderTest } from '../testing/chat-under-test.ts';
import { answerOf, listUsage } from '../testing/read-chat.ts';
import { createRunEventsRepository } from './run-events.repository.ts';
import { createRunTransitionsRepository } from './run-transitions.repository.ts';

const CITATION = {
  document_id: newId<string>(),
  document_title: 'Warranty',
  page: 1,
  quote: 'two years',
  start_offset: 4,
  end_offset: 13,
};

const clientOf = (actor: Actor) => createClient(...chat.accessOf(actor));

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

/** What a process leaves that dies in the middle of an answer. */
async function leaveRun(
  actor: Actor,
  { leaseSeconds, events }: { leaseSeconds: number; events: object[] },
) {
  const { teamId, userId } = actor;
  const queries = test.database.forTeam(teamId);
  const [sessionId, runId] = [newId<SessionId>(), newId<RunId>()];
  await createRunTransitionsRepository(queries).begin({
    id: runId,
    sessionId,
    questionId: newId<MessageId>(),
    answerId: newId<MessageId>(),
    teamId,
    userId,
    model: 'scripted',
    question: 'How long does it last?',
    traceId: 'f'.repeat(32),
    leaseSeconds,
    newSession: { id: sessionId, teamId, userId, projectId: null, name: null, model: null },
  });
  const texts = events.map((event) => JSON.stringify(event));
  if (texts.length > 0) {
    const batch = { runId, firstEventId: 1, events: texts };
    await createRunEventsRepository(test.database.forSystem()).flush([batch]);
  }
  return { sessionId, runId };
}

const PARTIAL = [
  { type: 'session' },
  { type: 'token', content: 'It lasts ' },
  { type: 'token', content: '"two years" [1]' },
  { type: 'citation', ...CITATION },
];

const usageOf = (teamId: TeamId) => listUsage(test.database, teamId);

describe('the sweep of lost runs', () => {
  it('ends a run whose lease has passed with what it had written, and meters it once', async () => {
    const { actor } = await addTeam(test.database);
    const client = clientOf(actor);
    const { sessionId, runId } = await leaveRun(actor, { leaseSeconds: -1, events: PARTIAL });
    const ended = await Promise.all([
      chat.chat.recovery.sweepLostRuns(),
      chat.chat.recovery.sweepLostRuns(),
    ]);
    expect(ended.toSorted()).toEqual([0, 1]);
    const { body } = await client.get(`/chat/sessions/${sessionId}/messages`);
    expect(body.items.at(-1)).toMatchObject({
      status: 'incomplete',
      content: 'It lasts "two years" [1]',
      citations: [CITATION],
      finish_reason: 'lost',
      usage_estimated: true,
    });
    expect(await usageOf(actor.teamId)).toMatchObject([
      { metric: 'ai_requests', amount: 1 },
      { metric: 'ai_tokens', amount: 12 },
    ]);
    const resumed = await client.request('GET', `/chat/streams/${runId}`, {
      headers: { 'last-event-id': '4' },
    });
    const seen = [];
    for await (const { id, data } of readEvents(resumed)) seen.push([id, data.type ?? data]);
    expect(seen).toEqual([
      ['5', 'usage'],
      ['6', 'error'],
      [undefined, '[DONE]'],
    ]);
  });

  it('is billed for each model that its log names', async () => {
    const { actor } = await addTeam(test.database);
    const second = { model: 'second', provider: 'elsewhere' };
    const goingOn = { type: 'token', content: ', or more', ...second };
    const events = [...PARTIAL, goingOn, { type: 'token', content: '.' }];
    const { sessionId } = await leaveRun(actor, { leaseSeconds: -1, events });
    await chat.chat.recovery.sweepLostRuns();
    const answer = await answerOf(clientOf(actor), sessionId);
    expect(answer).toMatchObject({
      content: 'It lasts "two years" [1], or more.',
      model: 'second',
    });
    const tokens = (await usageOf(actor.teamId)).filter(({ metric }) => metric === 'ai_tokens');
    expect(tokens.toSorted((one, other) => other.amount - one.amount)).toMatchObject([
      { model: 'scripted', amount: 12 },
      { ...second, amount: 9 },
    ]);
    const billed = tokens.reduce((sum, { cost_micros: cost }) => sum + cost, 0);
    expect(Math.round(answer.usage.cost * 1e6)).toBe(billed);
  });

  it('leaves a run alone whose lease holds', async () => {
    const { actor } = await addTeam(test.database);
    const { sessionId } = await leaveRun(actor, { leaseSeconds: 60, events: PARTIAL });
    expect(await chat.chat.recovery.sweepLostRuns()).toBe(0);
    const asked = await clientOf(actor).post('/chat', { message: 'x', session_id: sessionId });
    expect(asked.body.reason).toBe('session.busy');
  });

  it('charges nothing for a run that had produced nothing', async () => {
    const { actor } = await addTeam(test.database);
    await leaveRun(actor, { leaseSeconds: -1, events: [] });
    expect(await chat.chat.recovery.sweepLostRuns()).toBe(1);
    expect(await usageOf(actor.teamId)).toEqual([]);
  });

  it('lets the conversation go on from what was said', async () => {
    const { actor } = await addTeam(test.database);
    const { sessionId } = await leaveRun(actor, { leaseSeconds: -1, events: PARTIAL });
    const asking = clientOf(actor).post('/chat', { message: 'Go on', session_id: sessionId });
    const call = await chat.model.nextCall();
    expect(call.request.turns.slice(1)).toEqual([
      { role: 'user', content: 'How long does it last?' },
      { role: 'assistant', content: 'It lasts "two years" [1]' },
      { role: 'user', content: 'Go on' },
    ]);
    call.finish();
    expect((await asking).status).toBe(200);
  });

  it('takes every running run at the start of the only process', async () => {
    const { actor } = await addTeam(test.database);
    await leaveRun(actor, { leaseSeconds: 60, events: PARTIAL });
    expect(await chat.chat.recovery.sweepAllRuns()).toBeGreaterThan(0);
    expect(await usageOf(actor.teamId)).toHaveLength(2);
  });
});

describe('a run that was swept while its process stalled', () => {
  it('writes nothing more: neither events, message nor usage', async () => {
    const { actor } = await addTeam(test.database);
    const client = clientOf(actor);
    const { events } = await client.stream('/chat/stream', { message: 'Well?' });
    const call = await chat.model.nextCall();
    call.say('late');
    const { value: first } = await events.next();
    await chat.chat.recovery.sweepAllRuns();
    const swept = await usageOf(actor.teamId);
    call.finish();
    const rest = [];
    for await (const { data } of events) rest.push(data);
    expect(rest.at(-2)).toMatchObject({ type: 'error', reason: 'run.lost' });
    expect(await usageOf(actor.teamId)).toEqual(swept);
    const { body } = await client.get(`/chat/sessions/${first?.data.session_id}/messages`);
    expect(body.items.at(-1)).toMatchObject({ status: 'incomplete', finish_reason: 'lost' });
  });
});
