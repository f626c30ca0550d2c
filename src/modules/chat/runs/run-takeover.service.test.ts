import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { addTeam } from '#test/teams';
import { createClient, readEvents } from '#test/client';
import { newId, type MessageId, type RunId, type SessionId, type TeamId } from '#shared/ids';
import type { Actor } from '#shared/actor';
import { startChat, type ChatUnderTest } from '../testing/chat-under-test.ts';
import {
  answerOf,
  idsOf,
  listUsage,
  readAll,
  readSome,
  textOf,
  typesOf,
} from '../testing/read-chat.ts';
import { createRunEventsRepository } from './run-events.repository.ts';
import { createRunsRepository } from './runs.repository.ts';
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
const seconds: ChatUnderTest[] = [];
beforeAll(async () => {
  test = await createTestDatabase();
  chat = await startChat(test.database);
});
afterAll(async () => {
  for (const each of [chat, ...seconds]) await each.close();
  await test.close();
});

type LeftRun = {
  readonly leaseSeconds: number;
  readonly events: readonly object[];
  readonly isResumable?: boolean;
};

/** What a process leaves that dies in the middle of an answer. */
async function leaveRun(actor: Actor, { leaseSeconds, events, isResumable = false }: LeftRun) {
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
    status: 'running',
    request: {
      projectId: null,
      agent: null,
      failover: {},
      isResumable,
      isBackground: false,
      tier: 'free',
    },
    credential: actor.credential,
    firstEvents: ['{"type":"session"}'],
    newSession: { id: sessionId, teamId, userId, projectId: null, name: null, model: null },
  });
  const texts = events.map((event) => JSON.stringify(event));
  if (texts.length > 0) {
    const batch = { runId, attempts: 1, firstEventId: 2, events: texts };
    await createRunEventsRepository(test.database.forSystem()).flush([batch]);
  }
  return { sessionId, runId };
}

const PARTIAL = [
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
      chat.chat.takeover.sweepLostRuns(),
      chat.chat.takeover.sweepLostRuns(),
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
    await chat.chat.takeover.sweepLostRuns();
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
    expect(await chat.chat.takeover.sweepLostRuns()).toBe(0);
    const asked = await clientOf(actor).post('/chat', { message: 'x', session_id: sessionId });
    expect(asked.body.reason).toBe('session.busy');
  });

  it('charges nothing for a run that had produced nothing', async () => {
    const { actor } = await addTeam(test.database);
    await leaveRun(actor, { leaseSeconds: -1, events: [] });
    expect(await chat.chat.takeover.sweepLostRuns()).toBe(1);
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
    expect(await chat.chat.takeover.sweepAllRuns()).toBeGreaterThan(0);
    expect(await usageOf(actor.teamId)).toHaveLength(2);
  });
});

/** Lets the lease pass of what a process works on, as a long stall would. */
async function expireLeases() {
  await createRunsRepository(test.database.forSystem()).expireLeases();
}

async function startSecond(settings = {}) {
  const second = await startChat(test.database, { settings });
  seconds.push(second);
  return second;
}

describe('a run whose process stalls or dies', () => {
  it('goes on in another one from what was told, and its readers notice nothing', async () => {
    const { actor } = await addTeam(test.database);
    const client = clientOf(actor);
    const second = await startSecond();
    second.accessOf(actor);
    const { events } = await client.stream('/chat/stream', { message: 'Count' });
    const call = await chat.model.nextCall();
    call.say('one two ');
    const before = await readSome(events, 2);
    await expireLeases();
    await second.chat.takeover.sweepLostRuns();
    call.say('never told');
    const goingOn = await second.model.nextCall();
    expect(goingOn.request.said).toBe('one two ');
    goingOn.say('three');
    goingOn.finish();
    const all = [...before, ...(await readAll(events))];
    expect(idsOf(all)).toEqual(['1', '2', '3', '4', undefined]);
    expect(textOf(all)).toBe('one two three');
    expect(call.signal.aborted).toBe(true);
    const answer = await answerOf(client, all[0]?.data.session_id);
    expect(answer).toMatchObject({ status: 'complete', content: 'one two three' });
    const tokens = (await usageOf(actor.teamId)).filter(({ metric }) => metric === 'ai_tokens');
    expect(tokens).toHaveLength(2);
    expect(tokens.find((item) => item.usage_estimated)).toMatchObject({ completion_tokens: 2 });
    expect(tokens.find((item) => !item.usage_estimated)).toMatchObject({ amount: 110 });
    const billed = tokens.reduce((sum, { cost_micros: cost }) => sum + cost, 0);
    expect(Math.round(answer.usage.cost * 1e6)).toBe(billed);
  });

  it('keeps what was told, with the citations, and tells none of them twice', async () => {
    const { actor } = await addTeam(test.database);
    const client = clientOf(actor);
    const left = { leaseSeconds: -1, events: PARTIAL, isResumable: true };
    const { sessionId, runId } = await leaveRun(actor, left);
    await chat.chat.takeover.sweepLostRuns();
    const call = await chat.model.nextCall();
    call.say(', or more.');
    call.finish();
    const told = await client.request('GET', `/chat/streams/${runId}`);
    const types = typesOf(await readAll(readEvents(told)));
    expect(types.join(' ')).toBe('session token token citation token usage [DONE]');
    expect(await answerOf(client, sessionId)).toMatchObject({
      content: 'It lasts "two years" [1], or more.',
      citations: [CITATION],
    });
  });

  it('is given up with a reason when it was taken too often', async () => {
    const { actor } = await addTeam(test.database);
    const second = await startSecond({ maxAttempts: 1 });
    second.accessOf(actor);
    const left = { leaseSeconds: -1, events: PARTIAL, isResumable: true };
    const { sessionId } = await leaveRun(actor, left);
    await second.chat.takeover.sweepLostRuns();
    expect(await answerOf(clientOf(actor), sessionId)).toMatchObject({
      status: 'incomplete',
      finish_reason: 'lost',
      content: 'It lasts "two years" [1]',
    });
  });

  it('is cancelled when who asked may not ask any more', async () => {
    const { actor } = await addTeam(test.database);
    const second = await startSecond();
    const left = { leaseSeconds: -1, events: PARTIAL, isResumable: true };
    const { sessionId } = await leaveRun(actor, left);
    await second.chat.takeover.sweepLostRuns();
    const answer = await answerOf(clientOf(actor), sessionId);
    expect(answer).toMatchObject({ status: 'aborted', finish_reason: 'cancelled' });
    expect(await usageOf(actor.teamId)).toHaveLength(2);
  });

  it('leaves one row of events when it has ended', async () => {
    const { actor } = await addTeam(test.database);
    const left = { leaseSeconds: -1, events: PARTIAL };
    const { runId } = await leaveRun(actor, left);
    await chat.chat.takeover.sweepLostRuns();
    const rows = await test.database
      .forSystem()
      .selectFrom('run_events')
      .select(['first_event_id', 'last_event_id'])
      .where('run_id', '=', runId)
      .execute();
    expect(rows).toEqual([{ first_event_id: 1, last_event_id: 6 }]);
  });
});
