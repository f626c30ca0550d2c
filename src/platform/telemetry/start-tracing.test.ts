import { execFile } from 'node:child_process';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { startOtlpReceiver } from '#test/otlp-receiver';

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const SERVICE = fileURLToPath(new URL('../../../test/support/traced-service.ts', import.meta.url));
const databaseUrl = process.env['TEST_DATABASE_URL'] ?? '';
const redisUrl = process.env['TEST_REDIS_URL'] ?? '';

async function runTracedService(exporterUrl: string) {
  const options = { timeout: 30_000 };
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [SERVICE, exporterUrl, databaseUrl, redisUrl],
    options,
  );
  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  return { lines, last: lines.at(-1) };
}

describe('a service with tracing on', () => {
  it('sends one trace of the request and all that it called, without secrets', async () => {
    const receiver = await startOtlpReceiver();
    const { last } = await runTracedService(receiver.url);
    const text = receiver.text();
    receiver.close();

    expect(text).toContain('traced-test');
    expect(text).toContain('GET /items/:id');
    expect(text).toContain('load item');
    expect(text).toContain(Buffer.from(TRACE_ID, 'hex').toString('latin1'));
    expect(last.downstream).toContain(TRACE_ID);
    expect(text).toContain('/downstream');
    expect(text).not.toContain('/health');
    expect(text).not.toContain('canary');
    expect(text.includes('select 42')).toBe(databaseUrl !== '');
    expect(text.includes('redis')).toBe(redisUrl !== '');
    expect(last.dropped).toBe(0);
  });

  const silent = createServer();

  it.each([
    ['refuses', async () => 'http://127.0.0.1:1'],
    [
      'never answers',
      async () => {
        await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
        const address = silent.address();
        return `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
      },
    ],
  ])('ends within five seconds of a collector that %s, with one warning', async (_name, open) => {
    const { lines, last } = await runTracedService(await open());
    expect(last.shutdown_ms).toBeLessThan(5000);
    expect(lines.filter(({ level }) => level === 'warn')).toHaveLength(1);
    expect(last.dropped).toBeGreaterThan(0);
    silent.close();
  });
});
