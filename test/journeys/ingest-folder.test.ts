import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { signUp, type Client } from '#test/client';
import { startTestService, type TestService } from '#test/service';

let test: TestService;
let client: Client;
let folder: string;

beforeAll(async () => {
  test = await startTestService();
  ({ client } = await signUp(test.baseUrl));
  folder = mkdtempSync(join(tmpdir(), 'groundwork-folder-'));
  mkdirSync(join(folder, 'deeper', 'still'), { recursive: true });
  mkdirSync(join(folder, '.git'));
  writeFileSync(join(folder, 'one.md'), '# One\n\nZebra one.');
  writeFileSync(join(folder, 'deeper', 'still', 'two.txt'), 'Zebra two.');
  writeFileSync(join(folder, 'deeper', 'picture.pdf'), Buffer.from([0x89, 0x50, 0x4e, 0x47, 0]));
  writeFileSync(join(folder, '.git', 'config'), 'not a document');
});
afterAll(async () => {
  await test.close();
  rmSync(folder, { recursive: true });
});

it('uploads a folder, skips what is there, and tells by its exit code that a file failed', async () => {
  const { id } = (await client.post('/projects', { name: 'Folder' })).body;
  const asked = { name: 'Ingest', scopes: ['read', 'write'] };
  const { key } = (await client.post('/api-keys', asked)).body;

  const first = await ingest(id, key);
  expect(first.output).toMatch(/^deeper\/picture\.pdf: The content of "picture\.pdf" is none of/m);
  expect(first.output).toContain('2 uploaded, 0 there already, 1 failed\n');
  expect(first.exitCode).toBe(1);
  const { items } = (await client.get(`/projects/${id}/documents?sort=title`)).body;
  expect(items.map(({ title }: { readonly title: string }) => title)).toEqual([
    'one.md',
    'two.txt',
  ]);

  rmSync(join(folder, 'deeper', 'picture.pdf'));
  const second = await ingest(id, key);
  expect(second.output).toContain('0 uploaded, 2 there already, 0 failed\n');
  expect(second.exitCode).toBe(0);
});

it('says what is wrong with a key, a folder and a flag', async () => {
  const { id } = (await client.post('/projects', { name: 'Folder' })).body;
  const refused = await ingest(id, 'gw_not_a_key');
  expect([refused.exitCode, refused.output.includes('2 failed')]).toEqual([1, true]);
  const missing = await ingest(id, 'x', ['/there/is/none']);
  expect([missing.exitCode, missing.output.includes('ENOENT')]).toEqual([1, true]);
  const wrong = await ingest(id, 'x', [folder, '--concurrency', '99']);
  expect([wrong.exitCode, wrong.output.includes('from 1 to 16')]).toEqual([1, true]);
});

async function ingest(projectId: string, key: string, args: readonly string[] = [folder]) {
  const child = spawn(
    process.execPath,
    ['src/main.ts', 'ingest', ...args, '--project', projectId],
    {
      env: { PATH: process.env['PATH'], GROUNDWORK_URL: test.baseUrl, GROUNDWORK_API_KEY: key },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let output = '';
  child.stdout.on('data', (part) => (output += part));
  child.stderr.on('data', (part) => (output += part));
  await once(child, 'close');
  return { output, exitCode: child.exitCode };
}
