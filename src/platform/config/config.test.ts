import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConfigError, type ConfigFault } from './config-error.ts';
import { findWarnings } from './check-requirements.ts';
import { loadConfig } from './config.ts';
import type { Environment } from './setting.ts';

const STRONG_SECRET = 'Zk3vQ9xL2mN8pR5tW7yB4cF6hJ1dG0sA';
const PRODUCTION = {
  APP_ENV: 'production',
  DATABASE_URL: 'postgresql://app:pw-canary-1@db.internal:5432/app',
  JWT_SECRET_KEY: STRONG_SECRET,
  ENCRYPTION_KEY: STRONG_SECRET,
  PUBLIC_URL: 'https://api.example.com',
  CORS_ORIGINS: 'https://app.example.com',
};

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'groundwork-config-'));
});

afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

function load(environment: Environment = {}) {
  return loadConfig({ DATA_DIR: directory, ...environment });
}

function faultsOf(environment: Environment): readonly ConfigFault[] {
  try {
    load(environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
  return [];
}

function faultyVariables(environment: Environment): readonly string[] {
  return faultsOf(environment).map(({ variable }) => variable);
}

describe('defaults', () => {
  it('needs nothing in development', () => {
    const config = load();
    expect(config.app).toMatchObject({
      environment: 'development',
      host: '127.0.0.1',
      port: 8000,
      publicUrl: 'http://localhost:8000',
      trustProxy: false,
    });
    expect(config.database.url).toBeUndefined();
    expect(config.auth.accessTokenMinutes).toBe(30);
    expect(config.files.localPath).toBe(join(directory, 'files'));
  });

  it('opens up and turns tracing on when deployed', () => {
    const config = load(PRODUCTION);
    expect(config.app.host).toBe('0.0.0.0');
    expect(config.log.format).toBe('json');
    expect(config.telemetry.isTracingEnabled).toBe(true);
  });

  it('takes an empty variable for unset', () => {
    expect(load({ PORT: '', DATABASE_URL: ' ' }).app.port).toBe(8000);
  });

  it('cannot be changed after it was read', () => {
    expect(() => Object.assign(load().app, { port: 1 })).toThrow(TypeError);
  });
});

describe('faults', () => {
  it('reports five wrong settings at once, each with its name and an example', () => {
    const faults = faultsOf({
      APP_ENV: 'production',
      PORT: 'abc',
      JWT_SECRET_KEY: 'short-07',
      PUBLIC_URL: 'not a url',
      CORS_ORIGINS: 'https://app.example.com',
      LOG_LEVEL: 'loud',
    });
    const variables = faults.map(({ variable }) => variable);
    expect(variables).toEqual(
      expect.arrayContaining(['PORT', 'JWT_SECRET_KEY', 'PUBLIC_URL', 'LOG_LEVEL', 'DATABASE_URL']),
    );
    expect(faults.every(({ example }) => example !== undefined)).toBe(true);
    expect(new ConfigError(faults).message).toContain(
      'PORT must be a whole number from 0 to 65535 and is "abc" (for example: 8000)',
    );
  });

  it('never prints a secret', () => {
    const { message } = new ConfigError(
      faultsOf({
        ...PRODUCTION,
        JWT_SECRET_KEY: 'jwt-canary',
        DATABASE_URL: 'mysql://u:db-canary@h/d',
        REDIS_URL: 'http://:redis-canary@h',
        METRICS_TOKEN: 'met-canary',
      }),
    );
    expect(message).toContain('REDIS_URL');
    expect(message).not.toContain('canary');
  });

  it('refuses a metrics token that no scraper could send', () => {
    expect(faultyVariables({ METRICS_TOKEN: 'a token with spaces' })).toEqual(['METRICS_TOKEN']);
    expect(faultyVariables({ METRICS_TOKEN: 'a-token-without-them' })).toEqual([]);
  });

  it('holds a misspelt environment to the rules of production', () => {
    expect(faultyVariables({ APP_ENV: 'prod' })).toEqual(
      expect.arrayContaining(['APP_ENV', 'DATABASE_URL', 'JWT_SECRET_KEY', 'PUBLIC_URL']),
    );
  });

  it.each(['staging', 'production'])('demands the real settings in %s', (environment) => {
    expect(faultyVariables({ APP_ENV: environment })).toEqual([
      'PUBLIC_URL',
      'CORS_ORIGINS',
      'DATABASE_URL',
      'JWT_SECRET_KEY',
      'ENCRYPTION_KEY',
    ]);
  });

  it.each(['change-me-change-me-change-me-change-me', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'])(
    'refuses the guessable key %s in production',
    (key) => {
      expect(faultyVariables({ ...PRODUCTION, JWT_SECRET_KEY: key })).toEqual(['JWT_SECRET_KEY']);
      const keys = `${STRONG_SECRET},${key}`;
      expect(faultyVariables({ ...PRODUCTION, ENCRYPTION_KEY: keys })).toEqual(['ENCRYPTION_KEY']);
    },
  );

  it('reads a list of encryption keys, each of which must be long', () => {
    const other = `${STRONG_SECRET}-2`;
    const { secrets } = loadConfig({ ...PRODUCTION, ENCRYPTION_KEY: `${other}, ${STRONG_SECRET}` });
    expect(secrets.encryptionKeys).toEqual([other, STRONG_SECRET]);
    for (const keys of [`${STRONG_SECRET},short`, 'short', ',']) {
      const faulty = faultyVariables({ ...PRODUCTION, ENCRYPTION_KEY: keys });
      expect(new Set(faulty)).toEqual(new Set(['ENCRYPTION_KEY']));
    }
  });

  it.each([
    ['PORT', '70000'],
    ['PORT', '1e3'],
    ['LLM_TEMPERATURE', 'NaN'],
    ['DOCS_ENABLED', 'maybe'],
    ['TRUST_PROXY', 'true'],
    ['TRUST_PROXY', '10.0.0.0/33'],
    ['CORS_ORIGINS', '*'],
    ['CORS_ORIGINS', 'https://a.example/path'],
    ['RATE_LIMIT_LOGIN', '20 a minute'],
    ['REDIS_URL', 'localhost:6379'],
    ['CURRENCY', 'euro'],
    ['COST_USD_RATE', '0'],
    ['EMAIL_FROM', 'nobody'],
  ])('refuses %s=%s', (name, value) => {
    expect(faultyVariables({ [name]: value })).toEqual([name]);
  });

  it('finds settings that contradict each other', () => {
    expect(faultyVariables({ CHUNK_SIZE: '64', CHUNK_OVERLAP: '64' })).toEqual(['CHUNK_OVERLAP']);
    expect(faultyVariables({ ...PRODUCTION, DEBUG: 'true' })).toEqual(['DEBUG']);
    expect(faultyVariables({ EMBEDDING_PROVIDER: 'openai' })).toEqual(['EMBEDDING_PROVIDER']);
    expect(faultyVariables({ EMBEDDING_PROVIDER: 'gemini' })).toEqual(['EMBEDDING_PROVIDER']);
    const keyOnly = { EMBEDDING_PROVIDER: 'litellm', LITELLM_API_KEY: 'key' };
    expect(faultyVariables(keyOnly)).toEqual(['EMBEDDING_PROVIDER']);
    const reachable = { EMBEDDING_PROVIDER: 'litellm', LITELLM_API_URL: 'http://localhost:4000' };
    expect(faultyVariables(reachable)).toEqual([]);
    const address = { RERANKER_BASE_URL: 'http://reranker:8000' };
    expect(faultyVariables(address)).toEqual(['RERANKER_MODEL']);
    expect(faultyVariables({ RERANKER_MODEL: 'best' })).toEqual(['RERANKER_BASE_URL']);
    expect(faultyVariables({ ...address, RERANKER_MODEL: 'best' })).toEqual([]);
    const withPassword = { RERANKER_BASE_URL: 'http://me:secret@reranker', RERANKER_MODEL: 'best' };
    expect(faultyVariables(withPassword)).toEqual(['RERANKER_BASE_URL']);
    expect(faultyVariables({ EMBEDDING_PROVIDER: 'local' })).toEqual(['LOCAL_MODELS_PATH']);
    const models = { LOCAL_MODELS_PATH: '/models', RERANKER_PROVIDER: 'local' };
    expect(faultyVariables({ ...models, EMBEDDING_PROVIDER: 'local' })).toEqual(['RERANKER_MODEL']);
    expect(faultyVariables({ ...models, RERANKER_MODEL: 'cross' })).toEqual([]);
    expect(faultyVariables({ EMAIL_PROVIDER: 'smtp' })).toEqual(['SMTP_URL']);
    expect(faultyVariables({ LANGFUSE_PUBLIC_KEY: 'pk' })).toEqual(['LANGFUSE_SECRET_KEY']);
    expect(faultyVariables({ LANGFUSE_SECRET_KEY: 'sk' })).toEqual(['LANGFUSE_PUBLIC_KEY']);
    expect(faultyVariables({ CURRENCY: 'THB' })).toEqual(['COST_USD_RATE']);
    expect(faultyVariables({ CURRENCY: 'USD', COST_USD_RATE: '0.9' })).toEqual(['COST_USD_RATE']);
  });

  it('warns of long lives, and of mails that go nowhere, in production', () => {
    const config = load({
      ...PRODUCTION,
      JWT_ACCESS_TOKEN_EXPIRE_HOURS: '25',
      JWT_REFRESH_TOKEN_EXPIRE_DAYS: '91',
    });
    expect(findWarnings(config)).toHaveLength(3);
    expect(findWarnings(load())).toEqual([]);
  });
});

describe('values', () => {
  it.each([
    'postgres://u:p@h:5432/d',
    'postgresql://u:p@h:5432/d',
    'postgresql+asyncpg://u:p@h:5432/d',
  ])('reads the database address %s', (url) => {
    expect(load({ DATABASE_URL: url }).database.url).toBe('postgresql://u:p@h:5432/d');
  });

  it('reads proxies as hops or as networks', () => {
    expect(load({ TRUST_PROXY: '2' }).app.trustProxy).toBe(2);
    expect(load({ TRUST_PROXY: '10.0.0.0/8, ::1' }).app.trustProxy).toEqual(['10.0.0.0/8', '::1']);
  });

  it('reads a limit of several windows', () => {
    const { default: windows } = load({ RATE_LIMIT_DEFAULT: '200/day;50/hour' }).rateLimits;
    expect(windows.map(({ text }) => text)).toEqual(['50/hour', '200/day']);
  });

  it('logs at debug with DEBUG on', () => {
    expect(load({ DEBUG: 'true', LOG_LEVEL: 'error' }).log.level).toBe('debug');
  });

  it('keeps one dollar a dollar', () => {
    expect(load({ CURRENCY: 'USD' }).costs.currencyPerUsd).toBe(1);
    expect(load({ CURRENCY: 'THB', COST_USD_RATE: '33.1' }).costs.currencyPerUsd).toBe(33.1);
  });
});

describe('aliases', () => {
  it('takes the other names of a setting', () => {
    const config = load({
      POSTGRES_URL: 'postgres://u:p@h/d',
      SECRET_KEY: STRONG_SECRET,
      OPENAI_API_KEY: 'key',
      REDIS_HOST: 'cache',
      JWT_ACCESS_TOKEN_EXPIRE_HOURS: '2',
    });
    expect(config.database.url).toBe('postgresql://u:p@h/d');
    expect(config.auth).toMatchObject({ jwtSecretKey: STRONG_SECRET, accessTokenMinutes: 120 });
    expect(config.llm.apiKey).toBe('key');
    expect(config.redis.url).toBe('redis://cache:6379');
  });

  it('accepts two names that say the same', () => {
    const config = load({
      DATABASE_URL: 'postgresql://u:p@h/d',
      POSTGRES_URL: 'postgresql+asyncpg://u:p@h/d',
      JWT_ACCESS_TOKEN_EXPIRE_MINUTES: '60',
      JWT_ACCESS_TOKEN_EXPIRE_HOURS: '1',
    });
    expect(config.auth.accessTokenMinutes).toBe(60);
  });

  it('refuses two names that differ, without printing what they say', () => {
    const faults = faultsOf({
      SECRET_KEY: STRONG_SECRET,
      JWT_SECRET_KEY: `${STRONG_SECRET}-canary`,
    });
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatchObject({ variable: 'JWT_SECRET_KEY' });
    expect(faults[0]?.problem).toContain('SECRET_KEY are both set and differ');
    expect(faults[0]?.problem).not.toContain('canary');
    expect(faultyVariables({ REDIS_URL: 'redis://a:6379', REDIS_PORT: '6380' })).toEqual([
      'REDIS_URL',
    ]);
  });
});

describe('the development secret', () => {
  it('is made once, is long and is readable by its owner alone', () => {
    const first = load().auth.jwtSecretKey;
    expect(first.length).toBeGreaterThanOrEqual(32);
    expect(load().auth.jwtSecretKey).toBe(first);
    expect(statSync(join(directory, 'jwt-secret')).mode & 0o777).toBe(0o600);
  });
});

describe('a data folder that cannot be used', () => {
  it('is a fault like any other', () => {
    const file = join(directory, 'file');
    writeFileSync(file, '');
    expect(faultyVariables({ DATA_DIR: file })).toEqual(['DATA_DIR']);
  });
});
