import { expect, it } from 'vitest';
import { parseRateLimit } from './parse-rate-limit.ts';

it('reads one window', () => {
  expect(parseRateLimit('100/minute')).toEqual([
    { limit: 100, windowSeconds: 60, text: '100/minute' },
  ]);
});

it('reads several windows, shortest first', () => {
  expect(parseRateLimit(' 200 / day ; 50/hour')).toEqual([
    { limit: 50, windowSeconds: 3600, text: '50/hour' },
    { limit: 200, windowSeconds: 86_400, text: '200/day' },
  ]);
});

it.each([
  '',
  'x',
  '0/minute',
  '-1/minute',
  '1.5/minute',
  '5/week',
  '5',
  '5/minute;',
  '1/hour;2/hour',
])('refuses "%s"', (text) => {
  expect(() => parseRateLimit(text)).toThrow(RangeError);
});
