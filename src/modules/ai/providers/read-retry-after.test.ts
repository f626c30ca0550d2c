import { expect, it } from 'vitest';
import { readRetryAfterSeconds } from './read-retry-after.ts';

const NOW_MS = Date.parse('2026-11-21T10:00:00Z');

it.each([
  ['seconds', '7', 7],
  ['parts of a second, rounded up', '0.2', 1],
  ['a date', 'Sat, 21 Nov 2026 10:00:30 GMT', 30],
  ['a date that has passed', 'Sat, 21 Nov 2026 09:00:00 GMT', 0],
  ['words', 'soon', undefined],
  ['nothing', '', undefined],
])('reads %s', (_what, value, expected) => {
  expect(readRetryAfterSeconds(new Headers({ 'retry-after': value }), NOW_MS)).toBe(expected);
});

it('reads nothing where there are no headers', () => {
  expect(readRetryAfterSeconds(undefined, NOW_MS)).toBeUndefined();
});
