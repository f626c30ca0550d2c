import { z } from 'zod';
import { boolean, integer, text, url } from './setting-kinds.ts';
import { alias, readVariable, setting, type Environment } from './setting.ts';

const MEBIBYTE = 1_048_576;
const REDIS_PORT = '6379';

/** SQLAlchemy and older tools write the scheme differently; all mean the same server. */
const databaseUrl = z.preprocess(
  (value) =>
    typeof value === 'string' ? value.replace(/^postgres(ql)?(\+\w+)?:/, 'postgresql:') : value,
  url('postgresql:').optional(),
);

function redisUrlFromParts(environment: Environment): string | undefined {
  const host = readVariable(environment, 'REDIS_HOST');
  const port = readVariable(environment, 'REDIS_PORT');
  if (host === undefined && port === undefined) return undefined;
  return `redis://${host ?? 'localhost'}:${port ?? REDIS_PORT}`;
}

export const databaseSettings = z.object({
  url: setting(databaseUrl, {
    name: 'DATABASE_URL',
    description: 'PostgreSQL 15 or later with pgvector; unset: embedded PostgreSQL in DATA_DIR',
    example: 'postgresql://groundwork:password@localhost:5432/groundwork',
    isRequiredWhenDeployed: true,
    isSecret: true,
    aliases: [alias('POSTGRES_URL')],
  }),
  poolSize: setting(integer({ min: 1, max: 500 }).prefault('10'), {
    name: 'DATABASE_POOL_SIZE',
    description: 'Connections of one process to the server database',
  }),
  statementTimeoutMs: setting(integer({ min: 100, max: 600_000 }).prefault('4000'), {
    name: 'DATABASE_STATEMENT_TIMEOUT_MS',
    description: 'Time after which a statement is cancelled',
  }),
  isMigratedOnStart: setting(boolean.prefault('true'), {
    name: 'MIGRATE_ON_START',
    description: 'Bring the schema up to date at start, under a lock',
  }),
});

export const redisSettings = z.object({
  url: setting(url('redis:', 'rediss:').optional(), {
    name: 'REDIS_URL',
    description: 'Redis for cache and rate limits over replicas; unset: in process',
    example: 'redis://localhost:6379',
    isSecret: true,
    aliases: [{ names: ['REDIS_HOST', 'REDIS_PORT'], read: redisUrlFromParts }],
  }),
});

export const cacheSettings = z.object({
  revokeSeconds: setting(integer({ min: 0, max: 60 }).prefault('5'), {
    name: 'CACHE_REVOKE_SECONDS',
    description: 'Longest time a revoked right may live on in a cache',
  }),
});

export const fileSettings = z.object({
  localPath: setting(text.optional(), {
    name: 'STORAGE_LOCAL_PATH',
    description: 'Folder of stored files; unset: files in DATA_DIR',
    example: './data/files',
  }),
  maxUploadBytes: setting(
    integer({ min: 1024, max: 1024 * MEBIBYTE }).prefault(String(50 * MEBIBYTE)),
    {
      name: 'MAX_UPLOAD_BYTES',
      description: 'Largest file that can be uploaded',
    },
  ),
  trashRetentionDays: setting(integer({ min: 0, max: 3650 }).prefault('30'), {
    name: 'TRASH_RETENTION_DAYS',
    description: 'Days after which what was deleted is purged for good',
  }),
});

export const streamSettings = z.object({
  resumeGraceSeconds: setting(integer({ min: 0, max: 3600 }).prefault('30'), {
    name: 'STREAM_RESUME_GRACE_SECONDS',
    description: 'Time a stream goes on without its client before the model is stopped',
  }),
  retentionMinutes: setting(integer({ min: 1, max: 10_080 }).prefault('60'), {
    name: 'STREAM_RETENTION_MINUTES',
    description: 'Time the events of an ended stream can still be read',
  }),
  flushIntervalMs: setting(integer({ min: 0, max: 1000 }).prefault('40'), {
    name: 'STREAM_FLUSH_MS',
    description:
      'Least time between two writes of what streams tell; readers get it when it is written',
  }),
  idleSeconds: setting(integer({ min: 1, max: 600 }).prefault('30'), {
    name: 'STREAM_IDLE_SECONDS',
    description: 'Silence of a model or a reader after which a stream ends',
  }),
});

export const runSettings = z.object({
  maxAttempts: setting(integer({ min: 1, max: 100 }).prefault('3'), {
    name: 'RUN_ATTEMPTS',
    description: 'How many processes may begin or take up a run before it is given up',
  }),
  ifBusy: setting(z.enum(['reject', 'enqueue', 'interrupt']).prefault('reject'), {
    name: 'RUN_IF_BUSY',
    description: 'What becomes of a question while its session answers another',
  }),
});

export const responseSettings = z.object({
  retentionDays: setting(integer({ min: 1, max: 3650 }).prefault('30'), {
    name: 'RESPONSE_RETENTION_DAYS',
    description: "Days that an answer of OpenAI's responses API can be read and followed",
  }),
});

export const jobSettings = z.object({
  leaseSeconds: setting(integer({ min: 10, max: 3600 }).prefault('60'), {
    name: 'JOB_LEASE_SECONDS',
    description: 'Time after which a job of a silent worker is given to another',
  }),
  sweepIntervalSeconds: setting(integer({ min: 1, max: 3600 }).prefault('30'), {
    name: 'SWEEP_INTERVAL_SECONDS',
    description: 'Time between two searches for lost jobs and leftovers',
  }),
});
