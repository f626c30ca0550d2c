import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createRedis, type RedisConnection } from '#platform/cache/redis';
import { createMetrics } from '#platform/telemetry/metrics';
import { newId, type TeamId } from '#shared/ids';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { silentLogger } from '#test/silent-logger';
import { createEvents } from './create-events.ts';
import { createDatabaseMessageChannel } from './database-message-channel.ts';
import type { Events, TeamEvent } from './events.ts';
import type { MessageChannel } from './message-channel.ts';
import { createRedisMessageChannel } from './redis-message-channel.ts';

const redisUrl = process.env['TEST_REDIS_URL'];
const SOON = { timeout: 5000, interval: 10 };
const opened: Events[] = [];

let database: TestDatabase;
let redis: RedisConnection | undefined;
beforeAll(async () => {
  database = await createTestDatabase();
  redis = redisUrl
    ? await createRedis({ url: redisUrl, logger: silentLogger, metrics: createMetrics() })
    : undefined;
});
afterAll(async () => {
  await Promise.all(opened.map((events) => events.close()));
  await redis?.close();
  await database.close();
});

function openEvents(channel?: MessageChannel): Events {
  const events = createEvents({ channel, logger: silentLogger });
  opened.push(events);
  return events;
}

function follow(events: Events, teamId: TeamId, topic = 'documents') {
  const seen: TeamEvent[] = [];
  const onGap = vi.fn<() => void>();
  const stop = events.subscribe({ teamId, topic }, { onEvent: (event) => seen.push(event), onGap });
  return { seen, stop, onGap };
}

const aboutDocument = (teamId: TeamId, id = newId()): TeamEvent => ({
  teamId,
  topic: 'documents',
  data: { document_id: id },
});

describe('events', () => {
  it('reach those who follow the team and the topic, and nobody else', () => {
    const events = openEvents();
    const [team, neighbour] = [newId<TeamId>(), newId<TeamId>()];
    const mine = follow(events, team);
    const elsewhere = [follow(events, neighbour), follow(events, team, 'runs')];
    const event = aboutDocument(team);
    events.publish(event);
    expect(mine.seen).toEqual([event]);
    expect(elsewhere.flatMap(({ seen }) => seen)).toEqual([]);
  });

  it('stop with the subscription', () => {
    const events = openEvents();
    const team = newId<TeamId>();
    const { seen, stop } = follow(events, team);
    stop();
    events.publish(aboutDocument(team));
    expect(seen).toEqual([]);
  });

  it('reach the others though one subscriber throws', () => {
    const events = openEvents();
    const team = newId<TeamId>();
    events.subscribe({ teamId: team, topic: 'documents' }, { onEvent: fail });
    const { seen } = follow(events, team);
    events.publish(aboutDocument(team));
    expect(seen).toHaveLength(1);
  });

  it('are told again to those who subscribe after the channel could not be opened', async () => {
    const open = vi.fn<MessageChannel['open']>().mockRejectedValueOnce(new Error('down'));
    open.mockResolvedValue({ close: async () => undefined });
    const events = openEvents({ publish: async () => undefined, open });
    follow(events, newId<TeamId>());
    await vi.waitFor(() => {
      follow(events, newId<TeamId>());
      expect(open).toHaveBeenCalledTimes(2);
    }, SOON);
  });
});

describe.each<[string, () => MessageChannel | undefined]>([
  ['the database', () => createDatabaseMessageChannel(database.database)],
  ['Redis', () => redis && createRedisMessageChannel(redis)],
])('two processes that share %s', (_name, createChannel) => {
  it('tell each other once, also of nobody who follows', async ({ skip }) => {
    if (!createChannel()) skip();
    const [one, other] = [openEvents(createChannel()), openEvents(createChannel())];
    const team = newId<TeamId>();
    const here = follow(one, team);
    const there = follow(other, team);
    await vi.waitFor(() => expect([here.onGap, there.onGap].every(wasCalled)).toBe(true), SOON);
    const [first, second] = [aboutDocument(team), aboutDocument(team)];
    one.publish(first);
    one.publish(aboutDocument(newId<TeamId>()));
    one.publish(second);
    await vi.waitFor(() => expect(there.seen).toHaveLength(2), SOON);
    expect(new Set(there.seen)).toEqual(new Set([first, second]));
    expect(here.seen).toEqual([first, second]);
  });
});

function wasCalled(spy: ReturnType<typeof vi.fn>): boolean {
  return spy.mock.calls.length > 0;
}

function fail(): never {
  throw new Error('broken subscriber');
}
