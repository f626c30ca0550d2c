import { lookup as dnsLookup } from 'node:dns/promises';
import type { LookupOptions } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { callbackify } from 'node:util';
import { buildConnector } from 'undici';
import { bareHost, hostAndPort, type AllowedHosts } from './check-url.ts';
import { isPublicAddress } from './public-address.ts';

export type ResolvedAddress = { readonly address: string; readonly family: number };

/** Every address of a host. */
export type ResolveHost = (hostname: string) => Promise<readonly ResolvedAddress[]>;

export type GuardedConnectorOptions = {
  readonly allowedHosts: AllowedHosts;
  readonly connectTimeoutMs: number;
  readonly resolve?: ResolveHost;
};

class AddressRefused extends Error {
  override readonly name = 'AddressRefused';
}

/**
 * Connects to public addresses only. The addresses that are checked are those that are connected
 * to, so a name that changes its mind between the two gains nothing.
 */
export function createGuardedConnector(options: GuardedConnectorOptions): buildConnector.connector {
  const { allowedHosts, connectTimeoutMs: timeout, resolve = resolveHost } = options;
  const open = buildConnector({ timeout });
  const guarded = buildConnector({
    timeout,
    autoSelectFamily: true,
    lookup: guardedLookup(resolve),
  });

  return (target, callback) => {
    const host = bareHost(target.hostname);
    if (allowedHosts.has(hostAndPort(host, portOf(target)))) return open(target, callback);
    // An address that needs no lookup never comes by it.
    if (isIP(host) !== 0 && !isPublicAddress(host)) return callback(refusalOf(host), null);
    return guarded(target, callback);
  };
}

function portOf({ port, protocol }: buildConnector.Options): string {
  return port || (protocol === 'https:' ? '443' : '80');
}

/** Answers with all addresses, which is what trying one family after the other asks for. */
function guardedLookup(resolve: ResolveHost): LookupFunction {
  return callbackify(async (hostname: string, _options: LookupOptions) => [
    ...(await resolveChecked(hostname, resolve)),
  ]);
}

/** One address that is not public spoils them all: whoever answers so is up to something. */
async function resolveChecked(
  hostname: string,
  resolve: ResolveHost,
): Promise<readonly ResolvedAddress[]> {
  const addresses = await resolve(hostname);
  if (addresses.length === 0 || !addresses.every(({ address }) => isPublicAddress(address))) {
    throw refusalOf(hostname);
  }
  return addresses;
}

function resolveHost(hostname: string): Promise<readonly ResolvedAddress[]> {
  return dnsLookup(hostname, { all: true });
}

function refusalOf(host: string): AddressRefused {
  return new AddressRefused(`"${host}" does not lead to public addresses alone`);
}
