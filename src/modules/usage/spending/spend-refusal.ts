import { AppError } from '#platform/errors/app-error';
import type { Refusal } from './spending.repository.ts';

const MICROS = 1_000_000;
/** Nobody knows when a stream ends. */
const STREAM_RETRY_SECONDS = 5;

/** Says which limit refused a call, how it stands, and when it resets. */
export function spendRefusal(refusal: Refusal, currency: string): AppError {
  switch (refusal.refused_by) {
    case 'streams':
      return new AppError(
        'rate_limited',
        `${refusal.most} answers at a time reached. Retry when one of them has ended.`,
        {
          reason: 'streams.too_many',
          details: { limit: refusal.most, in_progress: refusal.running },
          retryAfterSeconds: STREAM_RETRY_SECONDS,
          retryable: true,
        },
      );
    case 'expiry':
      return new AppError('unavailable', 'What this call may spend has expired; ask again', {
        reason: 'spend.expired',
        retryable: true,
      });
    case 'limit':
      return limitReached(refusal, currency);
  }
}

function limitReached(refusal: Extract<Refusal, { refused_by: 'limit' }>, currency: string) {
  const { scope, window, unit, resets_at: resetsAt, seconds } = refusal;
  const told = (amount: number) => (unit === 'cost' ? amount / MICROS : amount);
  const what = unit === 'cost' ? currency : 'tokens';
  const period = window === 'total' ? 'in total' : `a ${window}`;
  const left = told(Math.max(0, refusal.amount - refusal.used - refusal.reserved));
  return new AppError(
    'quota_exceeded',
    `The ${scope.replace('_', ' ')} limit of ${told(refusal.amount)} ${what} ${period} has ${left} left, and this call may need ${told(refusal.needed)}`,
    {
      reason: 'spend.limit_reached',
      details: {
        limit_id: refusal.limit_id,
        scope,
        window,
        unit,
        ...(unit === 'cost' && { currency }),
        amount: told(refusal.amount),
        used: told(refusal.used),
        reserved: told(refusal.reserved),
        needed: told(refusal.needed),
        resets_at: resetsAt === null ? null : new Date(resetsAt).toISOString(),
      },
      ...(seconds !== null && { retryAfterSeconds: seconds }),
    },
  );
}
