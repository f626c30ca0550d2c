import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startService, type RunningService } from '../../src/app/start-service.ts';
import { createPlatform } from '../../src/app/platform.ts';
import { startTelemetry } from '../../src/app/telemetry.ts';
import type { Clock } from '#platform/clock/clock';
import type { Cache } from '#platform/cache/cache';
import { loadConfig } from '#platform/config/config';
import type { ServiceDatabase } from '#platform/db/create-database';
import { createLogger } from '#platform/telemetry/logger';
import { createTestDatabase, type TestDatabase } from './database.ts';
import { recordCache } from './record-cache.ts';

export type TestService = {
  readonly baseUrl: string;
  readonly service: RunningService;
  readonly database: ServiceDatabase;
  readonly cache: Cache;
  /** What stands in the cache now, as keys and values. */
  readonly cached: () => Promise<readonly (readonly [key: string, value: unknown])[]>;
  /** What was logged; nothing without a LOG_LEVEL. */
  readonly logged: () => string;
  close(): Promise<void>;
};

type TestParts = {
  readonly clock?: Clock;
  /** One that several replicas share; who made it closes it. */
  readonly database?: TestDatabase;
};

/** The whole product on a database of its own, listening on loopback, with its jobs running. */
export async function startTestService(
  settings: Readonly<Record<string, string>> = {},
  { database: shared, ...parts }: TestParts = {},
): Promise<TestService> {
  const dataDir = mkdtempSync(join(tmpdir(), 'groundwork-test-'));
  const testDatabase = shared ?? (await createTestDatabase());
  const config = loadConfig({
    APP_ENV: 'test',
    PORT: '0',
    DATA_DIR: dataDir,
    LOG_LEVEL: 'silent',
    RATE_LIMIT_DEFAULT: '100000/minute',
    RATE_LIMIT_REGISTER: '100000/minute',
    RATE_LIMIT_LOGIN: '100000/minute',
    RATE_LIMIT_EXPORT: '100000/minute',
    RATE_LIMIT_INVITE: '100000/minute',
    RATE_LIMIT_CHAT_FREE: '100000/minute',
    RATE_LIMIT_CHAT_STREAM: '100000/minute',
    CONCURRENT_STREAMS_FREE: '100000',
    ...(process.env['TEST_REDIS_URL'] && { REDIS_URL: process.env['TEST_REDIS_URL'] }),
    ...settings,
  });
  let logged = '';
  const destination = { write: (line: string) => void (logged += line) };
  const opened = await createPlatform({
    config,
    telemetry: {
      ...(await startTelemetry(config)),
      logger: createLogger({ level: config.log.level, format: 'json', destination }),
    },
    database: testDatabase.database,
  });
  const { cache, cached } = recordCache(opened.cache);
  const platform = { ...opened, cache };
  const service = await startService({ ...platform, ...parts }, { isWorking: true });
  return {
    baseUrl: service.url,
    service,
    database: testDatabase.database,
    cache,
    cached,
    logged: () => logged,
    async close() {
      await service.stop();
      if (!shared) await testDatabase.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
