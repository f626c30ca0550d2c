import { exportJWK, generateKeyPair } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { AppError } from '#platform/errors/app-error';
import type { HttpAnswer } from '#platform/http-client/http-client';
import { silentLogger } from '#test/silent-logger';
import { createFakeClock } from '../testing/fake-clock.ts';
import { createIssuerKeys } from './issuer-keys.provider.ts';

const URL = 'https://id.example.com/jwks';
const MINUTE = 60;
const HOUR = 60 * MINUTE;
const UNREACHABLE = { kind: 'unavailable', options: { reason: 'issuer_unreachable' } };

let key: Awaited<ReturnType<typeof exportJWK>>;
beforeAll(async () => {
  const pair = await generateKeyPair('ES256', { extractable: true });
  key = await exportJWK(pair.publicKey);
});

/** An issuer with the keys of the state. */
function build() {
  const clock = createFakeClock();
  const state: { kids: string[]; isDown: boolean; fetches: number; body?: string } = {
    kids: ['one'],
    isDown: false,
    fetches: 0,
  };
  const keys = createIssuerKeys(URL, {
    clock,
    logger: silentLogger,
    httpClient: {
      async request(): Promise<HttpAnswer> {
        state.fetches += 1;
        if (state.isDown) throw new AppError('external', 'down');
        const document = { keys: state.kids.map((kid) => ({ ...key, kid, alg: 'ES256' })) };
        const body = Buffer.from(state.body ?? JSON.stringify(document));
        return { status: 200, headers: {}, body, url: URL };
      },
    },
  });
  const find = (kid: string) => keys.find({ alg: 'ES256', kid });
  return { find, clock, state };
}

describe('the keys of an issuer', () => {
  it('are fetched once for all who ask at once, and kept', async () => {
    const { find, state } = build();
    await Promise.all(Array.from({ length: 50 }, () => find('one')));
    await find('one');
    expect(state.fetches).toBe(1);
  });

  it('are asked for anew by an unknown one, but not twice in half a minute', async () => {
    const { find, state, clock } = build();
    await find('one');
    state.kids = ['two'];
    await expect(find('two')).rejects.toMatchObject({ code: 'ERR_JWKS_NO_MATCHING_KEY' });
    expect(state.fetches).toBe(1);
    clock.advance(30);
    await expect(Promise.all([find('two'), find('two')])).resolves.toHaveLength(2);
    await expect(find('one')).rejects.toMatchObject({ code: 'ERR_JWKS_NO_MATCHING_KEY' });
    expect(state.fetches).toBe(2);
  });

  it('that cannot be had are asked for no more often either', async () => {
    const { find, state, clock } = build();
    state.isDown = true;
    for (let attempt = 0; attempt < 20; attempt += 1) {
      await expect(find('one')).rejects.toMatchObject(UNREACHABLE);
    }
    expect(state.fetches).toBe(1);
    state.isDown = false;
    clock.advance(30);
    await expect(find('one')).resolves.toBeDefined();
  });

  it('are renewed behind the requests after ten minutes, and by a request after an hour', async () => {
    const { find, state, clock } = build();
    await find('one');
    state.kids = [];
    clock.advance(11 * MINUTE);
    await expect(find('one')).resolves.toBeDefined();
    await expect.poll(() => state.fetches).toBe(2);
    await expect(find('one')).rejects.toMatchObject({ code: 'ERR_JWKS_NO_MATCHING_KEY' });

    state.kids = ['one'];
    clock.advance(2 * HOUR);
    await expect(find('one')).resolves.toBeDefined();
    expect(state.fetches).toBe(3);
  });

  it('outlive an issuer that is down for a day, and no longer', async () => {
    const { find, state, clock } = build();
    await find('one');
    state.isDown = true;
    clock.advance(23 * HOUR);
    await expect(find('one')).resolves.toBeDefined();
    clock.advance(2 * HOUR);
    await expect(find('one')).rejects.toMatchObject(UNREACHABLE);
  });

  it('that are none, or secrets, are no keys', async () => {
    const { find, state, clock } = build();
    for (const body of ['<html>', '{}', '{"keys":"all"}']) {
      state.body = body;
      await expect(find('one')).rejects.toMatchObject(UNREACHABLE);
      clock.advance(30);
    }
    const secret = { kty: 'oct', k: 'c2VjcmV0', kid: 'one', alg: 'HS256' };
    state.body = JSON.stringify({ keys: [null, 7, { kid: 'no kind' }, secret] });
    await expect(find('one')).rejects.toMatchObject({ code: 'ERR_JWKS_NO_MATCHING_KEY' });
  });
});
