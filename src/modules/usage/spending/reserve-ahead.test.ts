import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { SpendCall } from '#modules/ai';
import { newId, type RunId, type TeamId, type UserId } from '#shared/ids';
import { createReserveAhead } from './reserve-ahead.ts';
import type { NewReservation } from './spending.repository.ts';

const [teamId, userId] = [newId<TeamId>(), newId<UserId>()];
const call: SpendCall = {
  payer: { teamId, userId },
  provider: 'p',
  model: 'm',
  isStream: true,
  estimate: { tokens: 10, costMicros: 100 },
};

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

function build({ answer = async () => {} }: { answer?: () => Promise<void> } = {}) {
  const held: NewReservation[] = [];
  const released: NewReservation[] = [];
  const ahead = createReserveAhead({
    async hold(wanted) {
      const id = newId<string>();
      const rest = { id, leaseSeconds: 60, streamCaps: null, isTrial: false, isAhead: true };
      const reservation = { ...wanted, ...rest };
      held.push(reservation);
      await answer();
      return reservation;
    },
    release: async (reservation) => void released.push(reservation),
  });

  /** As a guard does, for a call that found nothing ready. */
  async function callTwice(made: SpendCall = call): Promise<void> {
    ahead.prepare(made);
    ahead.prepare(made);
    await vi.advanceTimersByTimeAsync(100);
  }

  return { ahead, held, released, callTwice };
}

it('holds for the next call of who calls again at once, and for one call only', async () => {
  const { ahead, held, callTwice } = build();
  await callTwice();
  expect(held).toHaveLength(1);
  expect(ahead.take(call)).toBe(held[0]);
  expect(ahead.take(call)).toBeUndefined();
});

it('holds nothing for who calls now and then, nor for a run', async () => {
  const { ahead, held, callTwice } = build();
  ahead.prepare(call);
  await vi.advanceTimersByTimeAsync(1500);
  ahead.prepare(call);
  await vi.advanceTimersByTimeAsync(1500);
  await callTwice({ ...call, payer: { ...call.payer, runId: newId<RunId>() } });
  expect(held).toEqual([]);
});

it('serves a longer call of the same payer and model, and no other', async () => {
  const { ahead, callTwice } = build();
  await callTwice();
  const others: SpendCall[] = [
    { ...call, estimate: { tokens: 10, costMicros: 201 } },
    { ...call, estimate: { tokens: 21, costMicros: 100 } },
    { ...call, model: 'other' },
    { ...call, isStream: false },
    { ...call, payer: { teamId, userId: newId<UserId>() } },
  ];
  for (const other of others) expect(ahead.take(other)).toBeUndefined();
  expect(ahead.take({ ...call, estimate: { tokens: 20, costMicros: 200 } })).toBeDefined();
});

it('gives back within a second what no call came for', async () => {
  const { ahead, held, released, callTwice } = build();
  await callTwice();
  await vi.advanceTimersByTimeAsync(1000);
  expect(released).toEqual(held);
  expect(ahead.take(call)).toBeUndefined();
});

it('gives back on demand what is held for a team, and what is just being held', async () => {
  const asking = Promise.withResolvers<void>();
  const { ahead, held, released, callTwice } = build({ answer: () => asking.promise });
  await callTwice();
  const given = ahead.giveBack(teamId);
  asking.resolve();
  expect(await given).toBe(true);
  expect(held).toHaveLength(1);
  expect(released).toEqual(held);

  await callTwice();
  expect(await ahead.giveBack(newId<TeamId>())).toBe(false);
  expect(await ahead.giveBack(teamId)).toBe(true);
  expect(released).toEqual(held);
});

it('lets calls wait as ever where nothing can be held', async () => {
  const { ahead, callTwice } = build({ answer: () => Promise.reject(new Error('no database')) });
  await callTwice();
  expect(ahead.take(call)).toBeUndefined();
});
