import { isIPv4, isIPv6 } from 'node:net';

const MAPPED_IPV4 = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;
const NETWORK_GROUPS = 4;
const ALL_GROUPS = 8;

/** The client's address as PostgreSQL's `inet` takes it, which is without a zone. */
export function addressOf({ ip }: { readonly ip: string | undefined }): string | undefined {
  return ip?.split('%')[0] || undefined;
}

/**
 * What a limit counts an address by: an IPv4 address, or the /64 network of an IPv6 address, because
 * one client holds all addresses of that network.
 */
export function addressKey(address: string): string {
  const mapped = MAPPED_IPV4.exec(address)?.[1];
  if (mapped) return mapped;
  if (isIPv4(address) || !isIPv6(address)) return address;
  const [bare = ''] = address.split('%');
  const [head = '', tail] = bare.split('::');
  const left = groupsOf(head);
  const right = groupsOf(tail);
  const gap = tail === undefined ? 0 : ALL_GROUPS - left.length - right.length;
  const groups = [...left, ...Array.from({ length: gap }, () => '0'), ...right];
  const network = groups.slice(0, NETWORK_GROUPS).map((group) => Number.parseInt(group, 16));
  return `${network.map((group) => group.toString(16)).join(':')}::/64`;
}

export function isLoopback(address: string | undefined): boolean {
  if (address === undefined) return false;
  return address === '::1' || (MAPPED_IPV4.exec(address)?.[1] ?? address).startsWith('127.');
}

function groupsOf(text: string | undefined): readonly string[] {
  return text ? text.split(':') : [];
}
