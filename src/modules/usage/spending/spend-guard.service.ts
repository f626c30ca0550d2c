import type { SpendCall, SpendGuard, SpendReservation } from '#modules/ai';
import type { Logger } from '#platform/telemetry/logger';
import { currentContext } from '#platform/telemetry/request-context';
import { newId, type TeamId } from '#shared/ids';
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

  async function ask(call: SpendCall, isTrial: boolean): Promise<NewReservation> {
    const streamCaps = call.isStream ? settings.streamCaps : null;
    const reservation = { ...call, id: newId<string>(), leaseSeconds, streamCaps, isTrial };
    const refusal = await spendingOf(call.payer.teamId).reserve(reservation);
    if (refusal) throw spendRefusal(refusal, currency);
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
      const reservation = await ask(call, false);
      held.add(reservation.id);
      return reservationOf(reservation);
    },
    async assertRoom(call) {
      await ask(call, true);
    },
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
    stop(): void {
      for (const timer of timers.splice(0)) clearInterval(timer);
    },
  };
}
