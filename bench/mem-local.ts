// @ts-nocheck
import pg from 'pg';
import { readFileSync, rmSync } from 'node:fs';
import { startServer } from './server-process.ts';
import { signUp } from './sign-up.ts';
import { measureIngestion } from './memory.ts';
const c = new pg.Client('postgres://postgres@127.0.0.1:5432/postgres');
await c.connect();
await c.query('drop database if exists gw_mem with (force)');
await c.query('create database gw_mem');
await c.end();
const flags = (process.env.NODE_FLAGS ?? '').split(' ').filter(Boolean);
const server = await startServer({
  args: [...flags, 'dist/main.js', 'serve'],
  environment: {
    PORT: '18300',
    DATA_DIR: '/tmp/gw-mem',
    DATABASE_URL: 'postgres://postgres@127.0.0.1:5432/gw_mem',
    LOG_FORMAT: 'json',
    RATE_LIMIT_DEFAULT: '1000000/second',
  },
  baseUrl: 'http://127.0.0.1:18300',
  readyPath: '/health/ready',
});
const account = await signUp(server.baseUrl, { projects: 1 });
for (const megabytes of (process.argv[2] ?? '5,20,40').split(',').map(Number)) {
  const r = await measureIngestion({ server, account }, { megabytes });
  console.log(
    megabytes,
    'MB: idle',
    (r.idleBytes / 1e6).toFixed(0),
    'peak',
    (r.peakBytes / 1e6).toFixed(0),
    's',
    r.seconds.toFixed(1),
    'MB/s',
    (megabytes / r.seconds).toFixed(2),
  );
}
console.log(await mem());
await server.stop();
