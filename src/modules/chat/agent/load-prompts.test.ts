import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { loadPrompts } from './load-prompts.ts';

const path = mkdtempSync(join(tmpdir(), 'prompts-'));
const folder = pathToFileURL(`${path}/`);
afterAll(() => rmSync(path, { recursive: true }));

it('gives the highest version of a prompt, and refuses one that is not there', () => {
  writeFileSync(join(path, 'greet.v2.md'), 'two\n');
  writeFileSync(join(path, 'greet.v10.md'), 'ten\n');
  writeFileSync(join(path, 'README.md'), 'not a prompt');
  const prompts = loadPrompts(folder);
  expect(prompts('greet')).toEqual({ name: 'greet', version: 10, text: 'ten' });
  expect(() => prompts('README')).toThrow('No prompt "README"');
});

it('finds the prompt of answers beside the code', () => {
  const prompt = loadPrompts(new URL('../prompts/', import.meta.url))('answer');
  expect(prompt.text).toContain('[2]');
});
