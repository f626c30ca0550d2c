import { afterAll, beforeAll, expect, it } from 'vitest';
import type { AnswerEvent } from '#modules/chat';
import { createUnitOfWork, type Queries } from '#platform/db/database';
import type { Actor } from '#shared/actor';
import { newId, type ResponseId } from '#shared/ids';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { addTeam } from '#test/teams';
import { createConversationItemsRepository } from '../conversations/conversation-items.repository.ts';
import { createConversationsRepository } from '../conversations/conversations.repository.ts';
import { beginResponse } from './begin-response.ts';
import { readInput, readRequest } from './read-response-request.ts';
import { ResponseRequest } from './response-request.schemas.ts';
import { createResponsesRepository } from './responses.repository.ts';
import { createResponseService, type CreateResponseInput } from './responses.service.ts';

const RETENTION_DAYS = 30;
const DAY_MS = 86_400_000;
const USAGE = { promptTokens: 1, completionTokens: 2, isEstimated: false };

type Following = Partial<Pick<CreateResponseInput, 'previousId' | 'conversationId'>>;

let test: TestDatabase;
let actor: Actor;
let now = new Date();

beforeAll(async () => {
  test = await createTestDatabase();
  ({ actor } = await addTeam(test.database));
});
afterAll(() => test.close());

it('keeps a response to the end of its retention, and no longer', async () => {
  const [old, fresh] = [await respond(said('old')), await respond(said('fresh'))];
  await test.database
    .forSystem()
    .updateTable('responses')
    .set({ created_at: new Date(now.getTime() - RETENTION_DAYS * DAY_MS).toISOString() })
    .where('id', '=', old)
    .execute();
  await service().purge();
  expect((await service().get(actor, { id: old })).id).toBe(old);
  now = new Date(now.getTime() + 1);
  await service().purge();
  await expect(service().get(actor, { id: old })).rejects.toMatchObject({ kind: 'not_found' });
  expect((await service().get(actor, { id: fresh })).id).toBe(fresh);
});

it('follows no chain of which a link is gone', async () => {
  const first = await respond(said('one'));
  const second = await respond(said('two'), { previousId: first });
  await service().remove(actor, { id: first });
  await expect(respond(said('three'), { previousId: second })).rejects.toMatchObject({
    kind: 'bad_request',
    options: { reason: 'previous_response.not_found' },
  });
});

it('keeps what a database would refuse as JSON: half a character, and none at all', async () => {
  const id = await respond(said('\0 and \uD800'));
  const { body } = await service().get(actor, { id });
  expect(body.output).toMatchObject([{ content: [{ text: '\0 and \uD800' }] }]);
});

it('keeps the same in a conversation', async () => {
  const { conversations, items } = conversationStore(test.database.forTeam(actor.teamId));
  const { teamId, userId } = actor;
  const { id } = await conversations.insert({ id: newId(), teamId, userId, metadata: {} });
  await respond(said('\0 and \uD800'), { conversationId: id });
  expect(await items.list(id, { limit: 10, direction: 'asc' })).toMatchObject([
    { role: 'user', content: [{ text: 'Well?' }] },
    { role: 'assistant', content: [{ text: '\0 and \uD800' }] },
  ]);
});

it('keeps calls of functions that come at once, each with its own arguments', async () => {
  const id = await respond([
    { type: 'text-delta', text: 'Both.' },
    { type: 'tool-call-delta', index: 0, id: 'a', name: 'first', arguments: '{"a"' },
    { type: 'tool-call-delta', index: 1, id: 'b', name: 'second', arguments: '{}' },
    { type: 'tool-call-delta', index: 0, arguments: ':1}' },
    { type: 'finish', reason: 'tool_calls', usage: USAGE },
  ]);
  const { body } = await service().get(actor, { id });
  expect(body.output).toMatchObject([
    { type: 'message', status: 'completed', content: [{ text: 'Both.' }] },
    { type: 'function_call', call_id: 'a', arguments: '{"a":1}', status: 'completed' },
    { type: 'function_call', call_id: 'b', arguments: '{}', status: 'completed' },
  ]);
});

it('counts what each model used that gave a part of the answer', async () => {
  const first = { model: 'first', provider: 'openai', usage: USAGE };
  const id = await respond([
    { type: 'text-delta', text: 'Begun, ' },
    { type: 'model-chosen', model: 'second', provider: 'openai', used: [first] },
    { type: 'text-delta', text: 'and ended.' },
    { type: 'finish', reason: 'stop', usage: USAGE },
  ]);
  const { body } = await service().get(actor, { id });
  expect(body.usage).toMatchObject({
    input_tokens: 2 * USAGE.promptTokens,
    output_tokens: 2 * USAGE.completionTokens,
  });
});

it('leaves nothing behind of a response whose reader went away', async () => {
  let isEnded = false;
  async function* endless(): AsyncGenerator<AnswerEvent> {
    try {
      for (;;) yield { type: 'text-delta', text: 'on and on' };
    } finally {
      isEnded = true;
    }
  }
  const { events, response } = await open(endless());
  for await (const { type } of events) if (type === 'response.output_text.delta') break;
  expect(isEnded).toBe(true);
  const id = idOf(response().id);
  await expect(service().get(actor, { id })).rejects.toMatchObject({ kind: 'not_found' });
});

function service(answer?: AsyncIterable<AnswerEvent>) {
  return createResponseService({
    completions: {
      open: async (_actor, { model }) => ({ model, provider: 'p', events: answer ?? nothing() }),
    },
    conversations: { readWithRoom: async () => [] },
    unitOfWork: createUnitOfWork(test.database, (queries) => ({
      ...conversationStore(queries),
      responses: createResponsesRepository(queries),
    })),
    responsesOf: (teamId) => createResponsesRepository(test.database.forTeam(teamId)),
    allResponses: () => createResponsesRepository(test.database.forSystem()),
    clock: { now: () => now },
    settings: { retentionDays: RETENTION_DAYS },
  });
}

function conversationStore(queries: Queries) {
  return {
    conversations: createConversationsRepository(queries),
    items: createConversationItemsRepository(queries),
  };
}

function open(answer: AsyncIterable<AnswerEvent>, { previousId, conversationId }: Following = {}) {
  const body = ResponseRequest.parse({ model: 'some-model', input: 'Well?' });
  const asked = {
    model: body.model,
    request: readRequest(body),
    input: readInput(body),
    instructions: undefined,
    previousId,
    conversationId,
    projectId: undefined,
    isStored: true,
    begin: (head: Parameters<typeof beginResponse>[0]) => beginResponse(head, body),
  };
  return service(answer).open(actor, asked, AbortSignal.timeout(DAY_MS));
}

async function respond(events: readonly AnswerEvent[], following?: Following): Promise<ResponseId> {
  const opened = await open(replay(events), following);
  await Array.fromAsync(opened.events);
  return idOf(opened.response().id);
}

async function* replay(events: readonly AnswerEvent[]) {
  yield* events;
}

function nothing() {
  return replay([]);
}

function said(text: string): readonly AnswerEvent[] {
  return [
    { type: 'text-delta', text },
    { type: 'finish', reason: 'stop', usage: USAGE },
  ];
}

function idOf(wireId: string): ResponseId {
  return ResponseRequest.shape.previous_response_id.parse(wireId) ?? fail();
}

function fail(): never {
  throw new Error('a response without an id');
}
