import { expect, it } from 'vitest';
import { detectContentType } from './detect-content-type.ts';

it.each([
  ['a.pdf', '%PDF-1.7\n%âãÏÓ\n', 'application/pdf'],
  ['a.pdf', '\x89PNG\r\n\x1a\n\0\0\0\rIHDR', 'image/png'],
  ['a.png', '<svg xmlns="http://www.w3.org/2000/svg"></svg>', 'image/svg+xml'],
  ['a.txt', '<!-- x --> <!DOCTYPE html><p>', 'text/html'],
  ['a.csv', 'a,b\n1,2', 'text/csv'],
  ['a.md', '# Title', 'text/markdown'],
  ['a.jsonl', '{"a":1}\n{"a":2}', 'application/jsonl'],
  ['a.jsonl', 'no json', 'text/plain'],
  ['a.json', '[1]', 'application/json'],
  ['a.exe', 'plain words', 'text/plain'],
  ['a.txt', '\0\x01\x02', 'application/octet-stream'],
])('tells the type of %s by its content %j: %s', async (name, content, type) => {
  expect(await detectContentType(Buffer.from(content, 'latin1'), name)).toBe(type);
});
