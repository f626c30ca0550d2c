import { z } from 'zod';
import { splitList } from './setting-kinds.ts';
import { setting } from './setting.ts';

const HOST_AND_PORT = /^(?:\[[\da-f:.]+\]|[^\s:/@[\]]+):\d{1,5}$/i;

/** Hosts with their ports, written as a URL would have them, an IPv6 address without its brackets. */
const hosts = z.string().transform((value, context): readonly string[] => {
  const list = splitList(value);
  for (const host of list.filter((item) => !isHostAndPort(item))) {
    context.addIssue({ code: 'custom', message: `lists "${host}", which is not host:port` });
  }
  return list.map((host) => host.toLowerCase().replace(/^\[(.*)\]:/, '$1:'));
});

export const outgoingSettings = z.object({
  allowedHosts: setting(hosts.prefault(''), {
    name: 'SSRF_ALLOW_HOSTS',
    description:
      'Private hosts, as host:port, that addresses chosen by users or issuers may lead to; separated by commas',
    example: 'keycloak.internal:8443,127.0.0.1:9000',
  }),
});

function isHostAndPort(value: string): boolean {
  return HOST_AND_PORT.test(value) && URL.canParse(`http://${value}`);
}
