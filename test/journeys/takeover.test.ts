import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { textOf, typesOf } from '../../src/modules/chat/testing/read-chat.ts';
import {
  createAnsweringProcesses,
  expectEachOnce,
  readUntilKilled,
  resumeStream,
  type AnsweringProcesses,
} from '#test/answering-processes';
import { createClient, signUp, type Json, type StreamEvent } from '#test/client';
import { startModelServer, type ModelServer } from '#test/model-server';
import { startModelWire, type ModelWire } from '#test/model-wire';
import type { ServerProcess } from '#test/server-process';

const WORDS = 500;
const HALF = 250;
const WHOLE = Array.from({ length: WORDS }, (_, word) => `w${String(word).padStart(4, '0')} `).join(
  '',
);
const MICROS = 1_000_000;
/** The lease of a process that is gone, and a sweep. */
const TAKEOVER = { timeout: 40_000, interval: 100 };
/** Two starts of a server and two leases, on a busy machine. */
const PATIENCE_MS = 180_000;

let model: ModelServer;
let wire: ModelWire;
let processes: AnsweringProcesses;

beforeAll(async () => {
  model = await startModelServer({ tokenDelayMs: 0, words: WORDS });
  wire = await startModelWire(model.mock.url);
});
afterAll(async () => {
  await wire.close();
  await model.close();
});
beforeEach(async () => {
  wire.reset();
  processes = await createAnsweringProcesses(wire.baseUrl);
});
afterEach(() => processes.close());

/** Asks with a limit set, and kills the process when half of the answer has been read. */
async function killAtHalf(server: ServerProcess) {
  const { client } = await signUp(server.baseUrl);
  const limit = { scope: 'team', window: 'month', unit: 'cost', amount: 1000 };
  const { body: created } = await client.post('/spend-limits', limit);
  wire.holdAfter(HALF);
  const { events } = await client.stream('/chat/stream', { message: 'Tell me much' });
  const seen: StreamEvent[] = [];
  await readUntilKilled(events, async (event) => {
    seen.push(event);
    if (seen.length === HALF - 10) await server.kill();
  });
  wire.release();
  return { client, seen, limitId: created.id };
}

const resume = (baseUrl: string, accessToken: string, seen: readonly StreamEvent[]) =>
  resumeStream(createClient(baseUrl, accessToken), seen);

function expectWhole(events: readonly StreamEvent[]): void {
  expectEachOnce(events);
  expect(textOf(events)).toBe(WHOLE);
  expect(typesOf(events).slice(-2)).toEqual(['usage', '[DONE]']);
}

/** Message, ledger and limit say the same, to the micro-unit, and nothing stays reserved. */
async function expectBilledOnce(baseUrl: string, token: string, asked: Asked): Promise<void> {
  const client = createClient(baseUrl, token);
  const { session_id: sessionId } = asked.seen[0]?.data ?? {};
  const { items } = (await client.get(`/chat/sessions/${sessionId}/messages`)).body;
  expect(items.map(({ role, status }: Json) => [role, status])).toEqual([
    ['user', 'complete'],
    ['assistant', 'complete'],
  ]);
  expect(items[1].content).toBe(WHOLE);
  const billed = Math.round(items[1].usage.cost * MICROS);
  const { body: ledger } = await client.get('/usage/summary?group_by=model');
  expect(Math.round(ledger.total.cost * MICROS)).toBe(billed);
  expect(ledger.items).toMatchObject([{ calls: 2 }]);
  await expect
    .poll(async () => (await client.get(`/spend-limits/${asked.limitId}`)).body.reserved, TAKEOVER)
    .toBe(0);
  const { body: state } = await client.get(`/spend-limits/${asked.limitId}`);
  expect(Math.round(state.used * MICROS)).toBe(billed);
}

type Asked = { readonly seen: readonly StreamEvent[]; readonly limitId: string };

describe('a process that is killed in the middle of an answer', () => {
  it(
    'goes on with it after its restart: each event once, the text whole, billed once',
    async () => {
      const asked = await killAtHalf(await processes.start());
      const { baseUrl } = await processes.start();
      const { accessToken = '' } = asked.client;
      const events = await resume(baseUrl, accessToken, asked.seen);
      expectWhole(events);
      await expectBilledOnce(baseUrl, accessToken, asked);
      expect(wire.calls).toHaveLength(2);
      expectWhole(await resume(baseUrl, accessToken, events.slice(0, 1)));
    },
    PATIENCE_MS,
  );

  it.runIf(process.env['TEST_DATABASE_URL'])(
    'is followed by another replica, whose readers notice nothing',
    async () => {
      const [first, second] = [await processes.start(), await processes.start()];
      const asked = await killAtHalf(first);
      const { accessToken = '' } = asked.client;
      expectWhole(await resume(second.baseUrl, accessToken, asked.seen));
      await expectBilledOnce(second.baseUrl, accessToken, asked);
    },
    PATIENCE_MS,
  );
});
