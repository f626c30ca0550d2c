// Tries every kind of forged token on a running server: all must be refused, alike, and right ones pass.
// `make forge-tokens` starts a server of its own; `make forge-tokens URL=http://...` uses yours, whose settings
// (JWT_SECRET_KEY and AUTH_ISSUERS, or DATA_DIR) must be in the environment, so that near misses can be forged.
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { styleText } from 'node:util';
import { loadConfig } from '../src/platform/config/config.ts';
import { readEnvironment } from '../src/platform/config/read-environment.ts';
import { AUDIENCE, startIssuer } from '../test/support/issuer.ts';
import { startServerProcess } from '../test/support/server-process.ts';
import {
  listExternalForgeries,
  listMisusedTokens,
  type TrustedIssuer,
} from '../test/support/token-forgery/external-forgeries.ts';
import { asBearer, type Control, type Forgery } from '../test/support/token-forgery/forgery.ts';
import { listOwnControls, listOwnForgeries } from '../test/support/token-forgery/own-forgeries.ts';
import { takeHoldings } from '../test/support/token-forgery/take-holdings.ts';
import { startTripwire } from '../test/support/token-forgery/tripwire.ts';
import { tryForgeries, type Trial } from '../test/support/token-forgery/try-forgeries.ts';

type Target = {
  readonly baseUrl: string;
  readonly secret: string;
  readonly issuers: readonly TrustedIssuer[];
  /** Tokens that another issuer really signed, where we are that issuer: right ones, and misused ones. */
  readonly controls: readonly Control[];
  readonly misused: readonly Forgery[];
};

const SECRET_BYTES = 32;
const COLUMNS = { case: 8, name: 66, at: 30 };

const [givenUrl] = process.argv.slice(2);
try {
  if (givenUrl) await tryAll(await readTarget(givenUrl.replace(/\/+$/, '')));
  else await withOwnServer(tryAll);
} catch (error) {
  console.error(`\nNot tried: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}

async function tryAll({ baseUrl, secret, issuers, ...signed }: Target): Promise<void> {
  const tripwire = await startTripwire();
  const holdings = await takeHoldings(baseUrl);
  const options = { holdings, secret, tripwireUrl: tripwire.url };
  const trials = await tryForgeries(baseUrl, {
    controls: [...listOwnControls(options), ...signed.controls],
    forgeries: [
      ...listOwnForgeries(options),
      ...issuers.flatMap(listExternalForgeries),
      ...signed.misused,
    ],
  });
  const knocks = tripwire.knocks();
  await tripwire.close();
  report(trials, knocks);
}

function report(trials: readonly Trial[], knocks: number): void {
  for (const trial of trials) console.log(lineOf(trial));
  const missed = trials.filter(({ isAsItShould }) => !isAsItShould);
  const forged = trials.filter((trial) => trial.case !== 'control');
  const controls = trials.length - forged.length;
  console.log(
    `\n${forged.length} forged tokens and ${controls} right ones: ${missed.length} not as they should be;` +
      ` ${knocks} keys fetched from where a token said`,
  );
  if (missed.length > 0 || knocks > 0) process.exitCode = 1;
}

function lineOf({ case: of, name, at, status, isAsItShould }: Trial): string {
  const verdict = isAsItShould
    ? styleText('green', of === 'control' ? 'let in' : 'refused')
    : styleText('red', 'MISSED');
  const cells = [of.padEnd(COLUMNS.case), name.padEnd(COLUMNS.name), at.padEnd(COLUMNS.at), status];
  return `${cells.join(' ')} ${verdict}`;
}

/** A server that somebody else started, as the settings here describe it. */
async function readTarget(baseUrl: string): Promise<Target> {
  const { auth } = loadConfig(readEnvironment(process.env, process.cwd()));
  const issuers = (auth.issuers ?? []).flatMap(({ issuer, jwksUrl, audiences }) => {
    const [audience] = audiences ?? [];
    return jwksUrl && audience ? [{ issuer, jwksUrl, audience }] : [];
  });
  return {
    baseUrl,
    secret: auth.jwtSecretKey,
    issuers: await Promise.all(issuers.map(withPublicKey)),
    controls: [],
    misused: [],
  };
}

async function withPublicKey({
  jwksUrl,
  ...issuer
}: Omit<TrustedIssuer, 'publicKey'> & { readonly jwksUrl: string }): Promise<TrustedIssuer> {
  const { keys } = JSON.parse(await (await fetch(jwksUrl)).text());
  return { ...issuer, publicKey: keys[0] };
}

async function withOwnServer(work: (target: Target) => Promise<void>): Promise<void> {
  const dataDir = mkdtempSync(join(tmpdir(), 'groundwork-forge-'));
  const secret = randomBytes(SECRET_BYTES).toString('base64url');
  const issuer = await startIssuer('RS256');
  const server = await startServerProcess({
    dataDir,
    settings: {
      JWT_SECRET_KEY: secret,
      AUTH_ISSUERS: JSON.stringify([issuer.setting]),
      SSRF_ALLOW_HOSTS: issuer.host,
      LOG_LEVEL: 'warn',
    },
  });
  try {
    const publicKey = { ...(await issuer.publicKey()) };
    const token = await issuer.sign('control');
    await work({
      baseUrl: server.baseUrl,
      secret,
      issuers: [{ issuer: issuer.issuer, audience: AUDIENCE, publicKey }],
      controls: [{ name: 'a token of another issuer', request: asBearer(token) }],
      misused: await listMisusedTokens(issuer),
    });
  } finally {
    await server.terminate();
    await issuer.close();
    rmSync(dataDir, { recursive: true, force: true });
  }
}
