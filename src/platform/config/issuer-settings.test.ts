import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ConfigError } from './config-error.ts';
import { loadConfig } from './config.ts';
import { describeConfig } from './describe-config.ts';
import type { Environment } from './setting.ts';

const SECRET = 'canary-of-an-issuer-that-is-long-enough';
const directory = mkdtempSync(join(tmpdir(), 'groundwork-issuers-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function load(issuers: unknown, environment: Environment = {}) {
  const value = typeof issuers === 'string' ? issuers : JSON.stringify(issuers);
  return loadConfig({ DATA_DIR: directory, AUTH_ISSUERS: value, ...environment });
}

function messageOf(issuers: unknown, environment: Environment = {}): string {
  try {
    load(issuers, environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return '';
}

describe('AUTH_ISSUERS', () => {
  it('reads an issuer with keys and one with a secret, each with the algorithms of its keys', () => {
    const { auth } = load([
      { issuer: 'https://a.example', jwks_url: 'https://a.example/jwks/', audience: 'app' },
      {
        issuer: 'https://b.example',
        secret: SECRET,
        audience: ['app', 'other'],
        claims: { email: 'https://b.example/email' },
      },
    ]);
    expect(auth.issuers).toMatchObject([
      {
        issuer: 'https://a.example',
        jwksUrl: 'https://a.example/jwks/',
        audiences: ['app'],
        algorithms: ['RS256', 'ES256'],
        claims: { subject: 'sub', email: 'email' },
      },
      {
        secret: SECRET,
        audiences: ['app', 'other'],
        algorithms: ['HS256'],
        claims: { email: 'https://b.example/email', firstName: 'given_name' },
      },
    ]);
  });

  it('knows Supabase by its project and Clerk by its frontend', () => {
    const { auth } = load([
      { preset: 'supabase', project_url: 'https://abc.supabase.co/', secret: SECRET },
      { preset: 'clerk', frontend_api: 'clerk.example.com' },
    ]);
    expect(auth.issuers).toMatchObject([
      {
        issuer: 'https://abc.supabase.co/auth/v1',
        jwksUrl: 'https://abc.supabase.co/auth/v1/.well-known/jwks.json',
        audiences: ['authenticated'],
        algorithms: ['RS256', 'ES256', 'HS256'],
      },
      {
        issuer: 'https://clerk.example.com',
        jwksUrl: 'https://clerk.example.com/.well-known/jwks.json',
        audiences: undefined,
        authorizedParties: 'own-origins',
        algorithms: ['RS256'],
      },
    ]);
  });

  it('reports every fault of every entry together, and prints no secret', () => {
    const message = messageOf([
      { issuer: 'https://a.example', jwks_url: 'not a url', audience: 'app' },
      { issuer: 'https://b.example', secret: 'canary', audience: 'app' },
      { issuer: 'https://c.example', secret: SECRET },
      { issuer: 'https://d.example', audience: 'app' },
      { issuer: 'https://e.example', secret: SECRET, audience: 'app', algorithms: ['RS256'] },
      { issuer: 'https://f.example', secret: SECRET, audience: 'app', algorithms: ['none'] },
      { issuer: 'groundwork', secret: SECRET, audience: 'app', extra: 'canary' },
      { preset: 'auth0' },
      { preset: 'supabase' },
      'canary',
    ]);
    for (const entry of [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]) {
      expect(message).toContain(`AUTH_ISSUERS has a fault in entry ${entry}:`);
    }
    expect(message).toContain('entry 4: needs jwks_url or secret');
    expect(message).toContain('entry 5: algorithms lists RS256, which needs jwks_url');
    expect(message).toContain('entry 8: preset must be one of supabase, clerk');
    expect(message).not.toContain('canary');
  });

  it('tells all that is wrong with one entry', () => {
    const message = messageOf([{ issuer: 7, claims: { colour: 'blue' } }]);
    for (const fault of ['issuer', 'audience', 'claims', 'needs jwks_url or secret']) {
      expect(message).toContain(`entry 1: ${fault}`);
    }
  });

  it('refuses what is no list, and an issuer named twice', () => {
    expect(messageOf('{canary')).toMatch(/^1 setting is wrong:\n {2}AUTH_ISSUERS must be a JSON/);
    const issuer = { issuer: 'https://a.example', secret: SECRET, audience: 'app' };
    expect(messageOf([issuer, issuer])).toContain('names the issuer "https://a.example" twice');
  });

  it('refuses keys from a private host, or without TLS, unless the host is named', () => {
    const issuer = { issuer: 'https://a.example', audience: 'app' };
    for (const jwksUrl of [
      'http://127.0.0.1:9000/jwks',
      'https://10.0.0.1/jwks',
      'http://a.example/',
    ]) {
      expect(messageOf([{ ...issuer, jwks_url: jwksUrl }])).toContain('nor in SSRF_ALLOW_HOSTS');
    }
    const local = [{ ...issuer, jwks_url: 'http://127.0.0.1:9000/jwks' }];
    expect(messageOf(local, { SSRF_ALLOW_HOSTS: '127.0.0.1:9000' })).toBe('');
  });

  it('is masked where settings are shown', () => {
    const config = load([{ issuer: 'https://a.example', secret: SECRET, audience: 'app' }]);
    const shown = describeConfig(config).find(({ name }) => name === 'AUTH_ISSUERS');
    expect(shown?.value).toBe('********');
  });
});

it('reads hosts that may be called, and refuses what is none', () => {
  const { outgoing } = load([], { SSRF_ALLOW_HOSTS: 'Keycloak.internal:8443, [::1]:9000' });
  expect(outgoing.allowedHosts).toEqual(['keycloak.internal:8443', '::1:9000']);
  for (const host of ['keycloak.internal', 'http://a:80', 'a:b', 'user@a:80']) {
    expect(messageOf([], { SSRF_ALLOW_HOSTS: host })).toContain('which is not host:port');
  }
});

it('reads signing secrets of webhooks, several with a bar between them', () => {
  const secret = 'whsec_c2VjcmV0LW9mLXRoZS10ZXN0cw==';
  const { webhooks } = load([], { SUPABASE_WEBHOOK_SECRET: `v1,${secret}|v1,${secret}` });
  expect(webhooks.supabaseSecrets).toEqual([`v1,${secret}`, `v1,${secret}`]);
  expect(messageOf([], { CLERK_WEBHOOK_SECRET: 'canary!' })).toMatch(
    /CLERK_WEBHOOK_SECRET must be/,
  );
  expect(messageOf([], { CLERK_WEBHOOK_SECRET: 'canary!' })).not.toContain('canary');
});
