import ipaddr from 'ipaddr.js';

/** Global unicast as it is given out today; what lies beside it is no one's, or special. */
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3');
/** Looks public, and is how virtual machines of one cloud reach their host. */
const CLOUD_HOST = '168.63.129.16';
const NAT64_PREFIX_BYTES = 12;

/** Whether `text` is an address anybody on the internet could have: no machine or network of ours. */
export function isPublicAddress(text: string): boolean {
  if (!ipaddr.isValid(text)) return false;
  const address = ipaddr.parse(text);
  if (address instanceof ipaddr.IPv4) return isPublicV4(address);
  const range = address.range();
  if (range === 'ipv4Mapped') return isPublicV4(address.toIPv4Address());
  if (range === 'rfc6052') return isPublicV4(embeddedInNat64(address));
  return range === 'unicast' && address.match(GLOBAL_UNICAST);
}

function isPublicV4(address: ipaddr.IPv4): boolean {
  return address.range() === 'unicast' && address.toString() !== CLOUD_HOST;
}

/** Networks with IPv6 alone reach an IPv4 host by an address that ends with the host's. */
function embeddedInNat64(address: ipaddr.IPv6): ipaddr.IPv4 {
  return new ipaddr.IPv4(address.toByteArray().slice(NAT64_PREFIX_BYTES));
}
