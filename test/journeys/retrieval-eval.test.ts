import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const TIMEOUT_MS = 120_000;

it(
  'measures a collection on the command line, and fails under a floor',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'retrieval-eval-'));
    const command = ['src/main.ts', 'retrieval', 'eval', 'examples/retrieval', '--json'];
    const floors = ['--min-ndcg@10', '0.97', '--min-recall@100', '0.97', '--min-mrr', '1.1'];
    const environment = { PATH: process.env['PATH'], DATA_DIR: folder, LOG_LEVEL: 'error' };
    const ended = await promisify(execFile)('node', [...command, ...floors], {
      env: environment,
    }).catch((error: unknown) => error);
    expect(ended).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('mrr is 1.0000, below the floor of 1.1'),
    });
    const output = String(Object(ended).stdout);
    expect(JSON.parse(output)).toMatchObject({ questions: 36, misses: [{ metric: 'mrr' }] });
    expect(await readdir(folder)).not.toContain('postgres');
    await rm(folder, { recursive: true });
  },
  TIMEOUT_MS,
);
