import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { loadConfig } from './config.ts';
import { describeConfig } from './describe-config.ts';
import { renderEnvExample } from './render-env-example.ts';

const PRODUCTION = {
  APP_ENV: 'production',
  DATABASE_URL: 'postgresql://app:pw-canary-1@db.internal:5432/app',
  JWT_SECRET_KEY: 'Zk3vQ9xL2mN8pR5tW7yB4cF6hJ1dG0sA',
  ENCRYPTION_KEY: 'wQ8eR2tY6uI1oP5aS9dF3gH7jK4lZ0xC,canary-that-9s-8-of-7-32-characters-6',
  PUBLIC_URL: 'https://api.example.com',
  CORS_ORIGINS: 'https://app.example.com,https://admin.example.com',
  RATE_LIMIT_DEFAULT: '200/day;50/hour',
  LLM_API_KEY: 'key-canary-2',
};

describe('what people read', () => {
  it('shows what is in force with secrets masked', () => {
    const shown = JSON.stringify(describeConfig(loadConfig(PRODUCTION)));
    expect(shown).toContain('postgresql://db.internal:5432/app');
    expect(shown).toContain('50/hour;200/day');
    expect(shown).toContain('https://app.example.com,https://admin.example.com');
    expect(shown).not.toContain('canary');
    expect(shown).not.toContain(PRODUCTION.JWT_SECRET_KEY);
    expect(shown).not.toContain('wQ8eR2tY6u');
  });

  it('keeps .env.example as the schema makes it', () => {
    const path = new URL('../../../.env.example', import.meta.url);
    expect(readFileSync(path, 'utf8')).toBe(renderEnvExample());
  });
});
