import { SignJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { createFakeClock } from '../testing/fake-clock.ts';
import { createExternalTokens } from './external-tokens.provider.ts';
import type { Issuer } from './issuer.ts';

const ISSUER = 'https://id.example.com';
const SECRET = 'a-secret-that-only-the-two-know-of';
const REFUSED = { kind: 'unauthenticated' };

function build(changes: Partial<Issuer> = {}) {
  const clock = createFakeClock();
  const nowSeconds = Math.floor(clock.now().getTime() / 1000);
  const tokens = createExternalTokens({
    clock,
    keysOf: () => {
      throw new Error('an issuer with a secret has no keys');
    },
    issuers: [
      {
        issuer: ISSUER,
        preset: undefined,
        jwksUrl: undefined,
        secret: SECRET,
        audiences: ['us'],
        authorizedParties: undefined,
        algorithms: ['HS256'],
        claims: {
          subject: 'sub',
          email: 'email',
          emailVerified: 'email_verified',
          username: 'preferred_username',
          firstName: 'given_name',
          lastName: 'family_name',
        },
        ...changes,
      },
    ],
  });
  const sign = (claims: Readonly<Record<string, unknown>> = {}) =>
    new SignJWT({
      iss: ISSUER,
      sub: 'ada',
      aud: 'us',
      iat: nowSeconds,
      exp: nowSeconds + 60,
      ...claims,
    })
      .setProtectedHeader({ alg: 'HS256' })
      .sign(new TextEncoder().encode(SECRET));
  return { tokens, sign, clock, nowSeconds };
}

describe('a token of another issuer', () => {
  it('tells whom it is about, and when it was told', async () => {
    const { tokens, sign, nowSeconds } = build();
    const token = await sign({ email: 'Ada@Example.com', email_verified: true, given_name: 'Ada' });
    expect(tokens.isForeign(token)).toBe(true);
    await expect(tokens.verify(token)).resolves.toMatchObject({
      issuer: ISSUER,
      subject: 'ada',
      issuedAt: new Date(nowSeconds * 1000),
      profile: { email: 'ada@example.com', isEmailVerified: true, firstName: 'Ada' },
    });
  });

  it('is read by the names that the issuer has for claims, inner ones and such with dots', async () => {
    const { tokens, sign } = build({
      claims: {
        subject: 'user.id',
        email: 'https://id.example.com/email',
        emailVerified: 'nothing.there',
        username: 'user.nick.name',
        firstName: 'sub.first',
        lastName: '.',
      },
    });
    const token = await sign({
      user: { id: 'inner', nick: { name: 'countess' } },
      'https://id.example.com/email': 'ada@example.com',
    });
    await expect(tokens.verify(token)).resolves.toMatchObject({
      subject: 'inner',
      profile: { email: 'ada@example.com', username: 'countess' },
    });
  });

  it('is refused when it is over, although it was good a moment before', async () => {
    const { tokens, sign, clock } = build();
    const token = await sign();
    await expect(tokens.verify(token)).resolves.toBeDefined();
    clock.advance(85);
    await expect(tokens.verify(token)).resolves.toBeDefined();
    clock.advance(10);
    await expect(tokens.verify(token)).rejects.toMatchObject(REFUSED);
  });

  it('without a time of issue is older than anything', async () => {
    const { tokens, sign } = build();
    const token = await sign({ iat: undefined });
    await expect(tokens.verify(token)).resolves.toMatchObject({ issuedAt: new Date(0) });
  });

  it.each([
    ['a party of ours, no audience', { audiences: undefined }, { azp: 'https://us.example' }, true],
    ['another party', { audiences: undefined }, { azp: 'https://evil.example' }, false],
    ['no party, no audience', { audiences: undefined }, {}, false],
    ['no party, our audience', {}, {}, true],
    ['another party, our audience', {}, { azp: 'https://evil.example' }, false],
  ])('with %s is judged by whom it was made for', async (_name, changes, claims, isTaken) => {
    const { tokens, sign } = build({ authorizedParties: ['https://us.example'], ...changes });
    const verdict = tokens.verify(await sign(claims)).then(
      () => true,
      () => false,
    );
    await expect(verdict).resolves.toBe(isTaken);
  });

  it('of an issuer nobody named is not one', async () => {
    const { tokens, sign } = build();
    const token = await sign({ iss: 'https://evil.example' });
    expect(tokens.isForeign(token)).toBe(false);
    await expect(tokens.verify(token)).rejects.toMatchObject(REFUSED);
    expect(tokens.isForeign('not a token')).toBe(false);
  });
});
