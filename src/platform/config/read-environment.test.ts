import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readEnvironment } from './read-environment.ts';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'groundwork-config-'));
});

afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

describe('.env files', () => {
  beforeEach(() => {
    writeFileSync(join(directory, '.env'), 'PORT=1111\nHOST=general\nLOG_LEVEL=warn\n');
    writeFileSync(join(directory, '.env.staging'), 'PORT=2222\nHOST=special\n');
  });

  it('lets the real environment win over .env.<APP_ENV>, and that over .env', () => {
    const environment = { APP_ENV: 'staging', PORT: '3333' };
    expect(readEnvironment(environment, directory)).toEqual({
      APP_ENV: 'staging',
      PORT: '3333',
      HOST: 'special',
      LOG_LEVEL: 'warn',
    });
  });

  it('takes APP_ENV from .env too', () => {
    writeFileSync(join(directory, '.env'), 'APP_ENV=staging\n');
    expect(readEnvironment({}, directory)).toMatchObject({ PORT: '2222' });
  });

  it('reads none in test', () => {
    expect(readEnvironment({ APP_ENV: 'test' }, directory)).toEqual({ APP_ENV: 'test' });
  });

  it('does not let APP_ENV name a path', () => {
    expect(readEnvironment({ APP_ENV: '../staging' }, directory)).toMatchObject({ PORT: '1111' });
  });
});
