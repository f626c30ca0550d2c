import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createMetrics } from '#platform/telemetry/metrics';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { silentLogger } from '#test/silent-logger';
import { createTestQueue } from '#test/test-queue';
import { createIncomingWebhooks } from './incoming-webhooks.ts';
import { registerWebhookJobs } from './process-webhook.job.ts';
import type { WebhookEvent, WebhookOutcome } from './webhook-source.ts';

let test: TestDatabase;
beforeAll(async () => {
  test = await createTestDatabase();
});
afterAll(() => test.close());

const DAY_MS = 86_400_000;

/** A provider whose events are the bodies, and whose handler does as the test says. */
function build(handle: (event: WebhookEvent) => Promise<WebhookOutcome>) {
  const provider = `provider-${randomUUID()}`;
  const queue = createTestQueue();
  const state = { nowMs: Date.now() };
  const webhooks = createIncomingWebhooks({
    database: test.database,
    queue,
    clock: { now: () => new Date(state.nowMs) },
    logger: silentLogger,
    metrics: createMetrics(),
  });
  webhooks.addSource({
    provider,
    verify: (body) => ({ eventId: body.toString(), type: 'thing.happened', payload: { of: 1 } }),
    handle,
  });
  registerWebhookJobs(queue, { webhooks });
  const receive = (eventId: string) => webhooks.receive(provider, Buffer.from(eventId), {});

  async function stored() {
    return test.database
      .unscoped()
      .selectFrom('webhook_events')
      .select(['event_id', 'status', 'attempts', 'error', 'payload'])
      .where('provider', '=', provider)
      .orderBy('event_id')
      .execute();
  }

  return { queue, receive, stored, state };
}

it('stores an event with the one job that processes it, and forgets what it said', async () => {
  const seen: WebhookEvent[] = [];
  const { queue, receive, stored } = build(async (event) => {
    seen.push(event);
    return { status: 'processed' };
  });
  for (const id of ['a', 'a', 'b', 'a']) await receive(id);
  expect(queue.waiting()).toEqual(['process-webhook', 'process-webhook']);
  await queue.runAll();
  expect(seen).toMatchObject([
    { type: 'thing.happened', payload: { of: 1 } },
    { type: 'thing.happened', payload: { of: 1 } },
  ]);
  expect(await stored()).toMatchObject([
    { event_id: 'a', status: 'processed', attempts: 1, error: null, payload: null },
    { event_id: 'b', status: 'processed', attempts: 1, error: null, payload: null },
  ]);
});

it('tries a failing event again, and parks it with the reason when it failed for good', async () => {
  const { queue, receive, stored } = build(async () => {
    throw new Error('a bug of ours');
  });
  await receive('a');
  await expect(queue.runNext()).rejects.toThrow('a bug of ours');
  expect(await stored()).toMatchObject([
    { status: 'pending', attempts: 1, error: 'a bug of ours', payload: { of: 1 } },
  ]);
  await queue.runNext({ isLastAttempt: true });
  expect(await stored()).toMatchObject([
    { status: 'parked', attempts: 2, error: 'a bug of ours', payload: { of: 1 } },
  ]);
});

it('leaves an event alone that is done, though its job comes twice', async () => {
  let handled = 0;
  const { queue, receive } = build(async () => {
    handled += 1;
    return { status: 'processed' };
  });
  await receive('a');
  const { id } = await test.database
    .unscoped()
    .selectFrom('webhook_events')
    .select('id')
    .where('status', '=', 'pending')
    .executeTakeFirstOrThrow();
  queue.enqueueAgain('process-webhook', { webhookEventId: id });
  await queue.runAll();
  expect(handled).toBe(1);
});

it('forgets events after a month, when no provider sends them any more', async () => {
  const { queue, receive, stored, state } = build(async () => ({ status: 'processed' }));
  await receive('a');
  state.nowMs += 29 * DAY_MS;
  await queue.runScheduled('purge-webhook-events');
  expect(await stored()).toHaveLength(1);
  state.nowMs += 2 * DAY_MS;
  await queue.runScheduled('purge-webhook-events');
  expect(await stored()).toHaveLength(0);
});
