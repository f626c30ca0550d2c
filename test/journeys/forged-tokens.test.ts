import { once } from 'node:events';
import { createServer } from 'node:http';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { AUDIENCE, startIssuer, type TestIssuer } from '#test/issuer';
import { startTestService, type TestService } from '#test/service';
import { listExternalForgeries, listMisusedTokens } from '#test/token-forgery/external-forgeries';
import { asBearer } from '#test/token-forgery/forgery';
import {
  listOwnControls,
  listOwnForgeries,
  type OwnForgeryOptions,
} from '#test/token-forgery/own-forgeries';
import { takeHoldings } from '#test/token-forgery/take-holdings';
import { startTripwire } from '#test/token-forgery/tripwire';
import { tryForgeries } from '#test/token-forgery/try-forgeries';

const SECRET = 'a secret of this journey that is long enough';

let issuer: TestIssuer;
let tripwire: Awaited<ReturnType<typeof startTripwire>>;
let test: TestService;
let options: OwnForgeryOptions;

beforeAll(async () => {
  [issuer, tripwire] = await Promise.all([startIssuer('RS256'), startTripwire()]);
  test = await startTestService({
    JWT_SECRET_KEY: SECRET,
    AUTH_ISSUERS: JSON.stringify([issuer.setting]),
    SSRF_ALLOW_HOSTS: `${issuer.host},${tripwire.host}`,
    LOG_LEVEL: 'debug',
  });
  const holdings = await takeHoldings(test.baseUrl);
  options = { holdings, secret: SECRET, tripwireUrl: tripwire.url };
});
afterAll(async () => {
  await test.close();
  await Promise.all([issuer.close(), tripwire.close()]);
});

async function listForgeries() {
  const trusted = {
    issuer: issuer.issuer,
    audience: AUDIENCE,
    publicKey: await issuer.publicKey(),
  };
  return [
    ...listOwnForgeries(options),
    ...listExternalForgeries({ ...trusted, publicKey: { ...trusted.publicKey } }),
    ...(await listMisusedTokens(issuer)),
  ];
}

it('refuses every forged token alike, and lets right ones made the same way in', async () => {
  const forgeries = await listForgeries();
  const right = { name: 'a token of the issuer', request: asBearer(await issuer.sign('control')) };
  const trials = await tryForgeries(test.baseUrl, {
    controls: [...listOwnControls(options), right],
    forgeries,
  });
  expect(trials.filter(({ isAsItShould }) => !isAsItShould)).toEqual([]);
  const tried = new Set(trials.map((trial) => trial.case));
  expect([...tried].toSorted()).toEqual(['AN-01', 'AN-02', 'AN-03', 'AN-04', 'AN-05', 'control']);
  expect(tripwire.knocks()).toBe(0);
});

it('keeps each token that was tried out of the log', async () => {
  const secrets = Object.values(options.holdings);
  expect(test.logged()).toContain('"reason":"invalid_token"');
  for (const secret of secrets) expect(test.logged()).not.toContain(secret);
});

it('would be told by these trials if a server let a forged token in, or refused it in other words', async () => {
  const careless = createServer((request, response) => {
    const isKnown = request.headers.authorization === 'Bearer not-a-token';
    const isHinted = request.url === '/api/v1/auth/refresh';
    const body = { code: 'UNAUTHORIZED', ...(isHinted && { reason: 'wrong_type' }) };
    response.writeHead(isKnown || isHinted ? 401 : 200).end(JSON.stringify(body));
  });
  await once(careless.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => void careless.close());
  const address = careless.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const forgeries = await listForgeries();
  const baseUrl = `http://127.0.0.1:${address.port}`;
  const trials = await tryForgeries(baseUrl, { controls: [], forgeries });
  // The one with 64 kB of headers is refused by every server of this kind before it is read.
  const missed = trials.filter(({ isAsItShould }) => !isAsItShould);
  expect(missed).toHaveLength(forgeries.length - 1);
});
