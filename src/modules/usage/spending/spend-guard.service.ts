import type { SpendCall, SpendGuard, SpendReservation } from '#modules/ai';
import type { Logger } from '#platform/telemetry/logger';
import { currentContext } from '#platform/telemetry/request-context';
import { newId, type TeamId } from '#shared/ids';
import { createReserveAhead } from './reserve-ahead.ts';
import { spendRefusal } from './spend-refusal.ts';
import type { NewReservation, SpendingRepository, StreamCaps } from './spending.repository.ts';

export type SpendGuardSettings = {
  readonly currency: string;
  readonly currencyPerUsd: number;
  readonly streamCaps: StreamCaps;
  /** How long a reservation outlives its process. */
  readonly leaseSeconds: number;
  readonly sweepIntervalSeconds: number;
};

export type SpendGuardDependencies = {
  readonly spendingOf: (teamId: TeamId) => SpendingRepository;
  readonly allSpending: () => SpendingRepository;
  readonly settings: SpendGuardSettings;
  readonly logger: Pick<Logger, 'warn'>;
};

export type SpendGuardService = ReturnType<typeof createSpendGuard>;

/** Two renewals may fail before a lease passes. */
const RENEWALS_PER_LEASE = 3;
const MS_PER_SECOND = 1000;
const PURGE_BATCH = 1000;

/** Reserves before a model's call, settles after it, and gives back what dead processes held. */
export function createSpendGuard(dependencies: SpendGuardDependencies) {
  const { spendingOf, allSpending, settings, logger } = dependencies;
  const { currency, currencyPerUsd, leaseSeconds } = settings;
  const held = new Set<string>();
  const timers: NodeJS.Timeout[] = [];

  const ahead = createReserveAhead({
    async hold(call) {
      const reservation = describe(call, { isAhead: true });
      const refusal = await spendingOf(call.payer.teamId).reserve(reservation);
      return refusal ? undefined : reservation;
    },
    release: ({ id, payer }) => spendingOf(payer.teamId).release(id),
  });

  function describe(
    call: SpendCall,
    { isTrial = false, isAhead = false }: { isTrial?: boolean; isAhead?: boolean } = {},
  ): NewReservation {
    const streamCaps = call.isStream ? settings.streamCaps : null;
    return { ...call, id: newId<string>(), leaseSeconds, streamCaps, isTrial, isAhead };
  }

  async function ask(reservation: NewReservation): Promise<void> {
    const { teamId } = reservation.payer;
    const spending = spendingOf(teamId);
    let refusal = await spending.reserve(reservation);
    // What waits for a call that may never come stands in nobody's way.
    if (refusal && (await ahead.giveBack(teamId))) refusal = await spending.reserve(reservation);
    if (refusal) throw spendRefusal(refusal, currency);
  }

  async function hold(call: SpendCall): Promise<NewReservation> {
    const ready = ahead.take(call);
    if (ready) return ready;
    const reservation = describe(call);
    await ask(reservation);
    return reservation;
  }

  function reservationOf({ id, payer }: NewReservation): SpendReservation {
    const spending = spendingOf(payer.teamId);
    return {
      async extend(more) {
        const refusal = await spending.extend(id, more);
        if (refusal) throw spendRefusal(refusal, currency);
      },
      async settle(usage) {
        const ids = { tokens: newId<string>(), requests: newId<string>() };
        const traceId = currentContext()?.traceId ?? null;
        const costUsdRate = currencyPerUsd;
        await spending.settle({ id, ids, payer, usage, currency, costUsdRate, traceId });
        held.delete(id);
      },
      async release() {
        held.delete(id);
        await spending.release(id);
      },
      leave: () => void held.delete(id),
    };
  }

  const guard: SpendGuard = {
    async reserve(call) {
      const reservation = await hold(call);
      held.add(reservation.id);
      ahead.prepare(call);
      return reservationOf(reservation);
    },
    assertRoom: (call) => ask(describe(call, { isTrial: true })),
  };

  async function renewLeases(): Promise<void> {
    if (held.size > 0) await allSpending().renewLeases([...held], leaseSeconds);
  }

  /** Tells how many reservations were given back. */
  async function sweep(): Promise<number> {
    let expired = 0;
    while (await allSpending().expireOne()) expired += 1;
    return expired;
  }

  function every(seconds: number, work: () => Promise<unknown>): void {
    let isWorking = false;
    const timer = setInterval(async () => {
      if (isWorking) return;
      isWorking = true;
      await work().catch((error: unknown) => {
        logger.warn({ err: error }, 'reservations could not be kept up');
      });
      isWorking = false;
    }, seconds * MS_PER_SECOND);
    timer.unref();
    timers.push(timer);
  }

  return {
    guard,
    sweep,
    async purge(): Promise<void> {
      while ((await allSpending().purge(PURGE_BATCH)) >= PURGE_BATCH);
    },
    async start({ isOnlyProcess }: { readonly isOnlyProcess: boolean }): Promise<void> {
      if (isOnlyProcess) await allSpending().expireLeases();
      await sweep();
      every(leaseSeconds / RENEWALS_PER_LEASE, renewLeases);
      every(settings.sweepIntervalSeconds, sweep);
    },
    /** For a team whose limits have changed: they hold from its next call on. */
    giveBackAhead: ahead.giveBack,
    async stop(): Promise<void> {
      for (const timer of timers.splice(0)) clearInterval(timer);
      await ahead.giveBack();
    },
  };
}
