import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { AppError, notFound } from '#platform/errors/app-error';
import type { App } from '#platform/http/app';
import type { Actor } from '#shared/actor';
import { newId } from '#shared/ids';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { buildHttpApp } from '#test/http-app';
import { addTeam } from '#test/teams';
import { createIdempotencyRepository } from './idempotency.repository.ts';

const Thing = z.object({ id: z.string(), name: z.string(), note: z.string().nullable() });
const HASH = Buffer.from('hash');

let test: TestDatabase;
let app: App;
let actor: Actor;
let made: string[];
let failure: Error | undefined;
let wait: Promise<void>;

beforeAll(async () => {
  test = await createTestDatabase();
});

afterAll(() => test.close());

beforeEach(async () => {
  ({ actor } = await addTeam(test.database));
  made = [];
  failure = undefined;
  wait = Promise.resolve();
  ({ app } = await buildHttpApp({
    authenticate: async () => actor,
    idempotencyOf: (teamId) => createIdempotencyRepository(test.database.forTeam(teamId)),
  }));
  const body = z.object({ name: z.string(), note: z.string().optional() });
  const schema = { operationId: 'createThing', body, response: { 201: Thing } };
  const config = { access: 'user', isIdempotent: true } as const;
  app.post('/things', { schema, config }, async (request, reply) => {
    made.push(request.body.name);
    await wait;
    if (failure) throw failure;
    return reply.code(201).send({ id: newId<string>(), name: request.body.name, note: null });
  });
  return () => app.close();
});

function create(key: string | undefined, payload: object = { name: 'first' }) {
  const headers = key === undefined ? {} : { 'idempotency-key': key };
  return app.inject({ method: 'POST', url: '/things', payload, headers });
}

it('gives a repeat the first answer, byte for byte, and makes nothing again', async () => {
  const first = await create('key-1', { name: 'first', note: 'n' });
  const repeat = await create('key-1', { note: 'n', name: 'first' });
  expect(first.statusCode).toBe(201);
  expect(repeat.statusCode).toBe(201);
  expect(repeat.body).toBe(first.body);
  expect(repeat.headers['content-type']).toBe(first.headers['content-type']);
  expect(repeat.headers['idempotency-replayed']).toBe('true');
  expect(first.headers['idempotency-replayed']).toBeUndefined();
  expect(made).toEqual(['first']);
});

it('makes one thing of twenty requests at once', async () => {
  const gate = Promise.withResolvers<void>();
  wait = gate.promise;
  let refusals = 0;
  const all = Array.from({ length: 20 }, () => create('key-1'));
  for (const one of all) void one.then(() => (refusals += 1));
  const refused = await Promise.race(all);
  expect(refused.statusCode).toBe(409);
  expect(refused.headers['retry-after']).toBe('1');
  expect(refused.json()).toMatchObject({
    code: 'IDEMPOTENCY_CONFLICT',
    reason: 'idempotency.in_flight',
  });
  // One that came after the end of the first would get its answer, and rightly so.
  await vi.waitFor(() => expect(refusals).toBe(19));
  gate.resolve();
  const statuses = (await Promise.all(all)).map(({ statusCode }) => statusCode);
  expect(statuses.filter((status) => status === 201)).toHaveLength(1);
  expect(statuses.filter((status) => status === 409)).toHaveLength(19);
  expect(made).toHaveLength(1);
});

it('refuses a key that was used with another body', async () => {
  await create('key-1');
  const other = await create('key-1', { name: 'second' });
  expect(other.statusCode).toBe(409);
  expect(other.json()).toMatchObject({
    code: 'IDEMPOTENCY_CONFLICT',
    reason: 'idempotency.other_request',
  });
  expect(made).toEqual(['first']);
});

it('keeps the keys of two users, and of two teams of one user, apart', async () => {
  const first = await create('key-1');
  const other = await addTeam(test.database);
  const user = actor;
  actor = other.actor;
  const second = await create('key-1');
  actor = { ...user, teamId: other.id };
  const third = await create('key-1');
  const ids = [first, second, third].map((answer) => answer.json().id);
  expect(new Set(ids).size).toBe(3);
});

it('works without a key as if there were none', async () => {
  await create(undefined);
  await create(undefined);
  expect(made).toHaveLength(2);
});

it('takes a key of 255 characters and refuses one of 256', async () => {
  expect((await create('k'.repeat(255))).statusCode).toBe(201);
  const tooLong = await create('k'.repeat(256));
  expect(tooLong.statusCode).toBe(422);
  expect(tooLong.json().errors).toMatchObject([{ field: 'Idempotency-Key' }]);
  expect(made).toHaveLength(1);
});

it('repeats a refusal too', async () => {
  failure = notFound('project', 'p-1');
  const first = await create('key-1');
  failure = undefined;
  const repeat = await create('key-1');
  expect(repeat.statusCode).toBe(404);
  expect(repeat.headers['content-type']).toBe(first.headers['content-type']);
  expect(repeat.body).toBe(first.body);
});

it.each([
  ['an unexpected error', new Error('boom')],
  ['a part that is down', new AppError('unavailable', 'Down')],
  ['a quota of requests', new AppError('rate_limited', 'Slowly')],
])('lets the same key try again after %s', async (_what, error) => {
  failure = error;
  await create('key-1');
  failure = undefined;
  expect((await create('key-1')).statusCode).toBe(201);
  expect(made).toHaveLength(2);
});

it('keeps nothing of a request that is not valid', async () => {
  expect((await create('key-1', {})).statusCode).toBe(422);
  expect((await create('key-1')).statusCode).toBe(201);
});

it('stores the bare answer, and wraps each repeat as that request prefers', async () => {
  const first = await create('key-1');
  const headers = { 'idempotency-key': 'key-1', prefer: 'envelope=trace' };
  const payload = { name: 'first' };
  const repeat = await app.inject({ method: 'POST', url: '/things', payload, headers });
  expect(repeat.json()).toEqual({
    trace_id: repeat.headers['x-trace-id'],
    data: first.json(),
  });
});

function repositoryAndId() {
  const { teamId, userId } = actor;
  const keys = createIdempotencyRepository(test.database.forTeam(teamId));
  return { keys, id: { teamId, userId, key: newId<string>() } };
}

it('frees a key whose request died in flight, and one that is past its time', async () => {
  const { keys, id } = repositoryAndId();
  const claim = { requestHash: HASH, lockSeconds: -1, keepSeconds: 60 };
  expect(await keys.claim(id, claim)).toBe(true);
  expect(await keys.claim(id, { ...claim, lockSeconds: 60, keepSeconds: -1 })).toBe(true);
  expect(await keys.claim(id, { ...claim, lockSeconds: 60 })).toBe(true);
  expect(await keys.claim(id, claim)).toBe(false);
});

it('lets only the holder of a key keep or release its answer', async () => {
  const { keys, id } = repositoryAndId();
  const first = Buffer.from('one');
  await keys.claim(id, { requestHash: first, lockSeconds: -1, keepSeconds: 60 });
  const second = Buffer.from('two');
  await keys.claim(id, { requestHash: second, lockSeconds: 60, keepSeconds: 60 });
  await keys.complete(id, { requestHash: first, statusCode: 201, response: 'stale' });
  await keys.release(id, first);
  expect(await keys.find(id)).toMatchObject({ requestHash: second, statusCode: null });
});

it('deletes what is past its time, in batches', async () => {
  const { keys, id } = repositoryAndId();
  const claim = { requestHash: HASH, lockSeconds: 1, keepSeconds: -1 };
  for (const key of ['a', 'b', 'c']) await keys.claim({ ...id, key }, claim);
  await keys.claim({ ...id, key: 'alive' }, { ...claim, keepSeconds: 60 });
  expect(await keys.deleteExpired(2)).toBe(2);
  expect(await keys.deleteExpired(2)).toBe(1);
  expect(await keys.find({ ...id, key: 'alive' })).toBeDefined();
});
