import { describe, expect, it } from 'vitest';
import { AppError } from '#platform/errors/app-error';
import { isExhausted, planRetrySeconds } from './plan-retry.ts';

const down = new AppError('external', 'down', { retryable: true });
const never = () => 0;

describe('a stage that failed', () => {
  it('waits twice as long after each try, up to ten minutes, and then no more', () => {
    const waits = Array.from({ length: 8 }, (_, index) =>
      planRetrySeconds({ stage: 'embed', attempts: index + 1, error: down }, never),
    );
    expect(waits).toEqual([10, 20, 40, 80, 160, 320, 600, undefined]);
  });

  it('waits as long as it was asked to, within bounds', () => {
    const patient = (retryAfterSeconds: number) =>
      new AppError('rate_limited', 'slow down', { retryable: true, retryAfterSeconds });
    const wait = (seconds: number) =>
      planRetrySeconds({ stage: 'embed', attempts: 1, error: patient(seconds) }, never);
    expect([wait(90), wait(1), wait(86_400)]).toEqual([90, 10, 600]);
  });

  it('is not tried again for a fault of the file', () => {
    const error = new AppError('invalid', 'The file is damaged', { reason: 'damaged' });
    expect(planRetrySeconds({ stage: 'parse', attempts: 1, error }, never)).toBeUndefined();
  });

  it('has fewer tries where a fault rarely passes', () => {
    expect(isExhausted({ stage: 'parse', attempts: 3 })).toBe(true);
    expect(isExhausted({ stage: 'embed', attempts: 3 })).toBe(false);
  });
});
