import { expect, it } from 'vitest';
import { nameInArchive } from './name-in-archive.ts';

it.each([
  ['report.pdf', 'report.pdf'],
  ['../../etc/passwd', '__.._etc_passwd'],
  ['..', '_'],
  ['a\\b:c\n?.txt', 'a_b_c__.txt'],
  [`${'x'.repeat(300)}.md`, `${'x'.repeat(147)}.md`],
])('names %j in the archive as %j', (name, expected) => {
  expect(nameInArchive({ id: 'ID', name })).toBe(`files/ID/${expected}`);
});
