import { isIP } from 'node:net';
import { isPublicAddress } from './public-address.ts';

/** Hosts, as `host:port`, that may be called although the rules below would refuse them. */
export type AllowedHosts = ReadonlySet<string>;

const DEFAULT_PORTS: Readonly<Record<string, string>> = { 'http:': '80', 'https:': '443' };
const OPEN_PORTS = new Set(['80', '443', '8080', '8443']);
/** Names that never lead to somebody else's public host. */
const PRIVATE_SUFFIXES = [
  'localhost',
  'local',
  'localdomain',
  'internal',
  'intranet',
  'lan',
  'home.arpa',
  'onion',
];

/**
 * The URL, where it may be called as far as can be told without asking the network; undefined
 * otherwise. The addresses behind a name are checked when a connection is made.
 */
export function checkUrl(text: string, allowedHosts: AllowedHosts): URL | undefined {
  const url = URL.parse(text);
  const port = url ? portOf(url) : undefined;
  if (!url || !port || url.username !== '' || url.password !== '') return undefined;
  if (isAllowedHost(url, allowedHosts)) return url;
  return OPEN_PORTS.has(port) && isPublicHost(url.hostname) ? url : undefined;
}

/** Whether the operator has named the URL's host and port. */
export function isAllowedHost(url: URL, allowedHosts: AllowedHosts): boolean {
  return allowedHosts.has(hostOf(url));
}

/** As the list of allowed hosts has it. */
export function hostOf(url: URL): string {
  return hostAndPort(url.hostname, portOf(url) ?? '');
}

/** How a host and port are written in the list of allowed ones. */
export function hostAndPort(host: string, port: string): string {
  return `${bareHost(host)}:${port}`;
}

/** Without the brackets of an IPv6 address, and without the dot of the DNS root. */
export function bareHost(host: string): string {
  return host
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.+$/, '')
    .toLowerCase();
}

function portOf(url: URL): string | undefined {
  const usual = DEFAULT_PORTS[url.protocol];
  return usual && (url.port || usual);
}

function isPublicHost(hostname: string): boolean {
  const host = bareHost(hostname);
  if (isIP(host) !== 0) return isPublicAddress(host);
  const isQualified = host.includes('.');
  return isQualified && !PRIVATE_SUFFIXES.some((suffix) => host.endsWith(`.${suffix}`));
}
