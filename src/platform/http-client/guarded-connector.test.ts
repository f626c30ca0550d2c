import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, it } from 'vitest';
import { createGuardedConnector } from './guarded-connector.ts';

const PUBLIC = { address: '93.184.215.14', family: 4 };
const LOOPBACK = { address: '127.0.0.1', family: 4 };

it('connects to the address that was checked, whatever the name says a moment later', async () => {
  let knocks = 0;
  const tripwire = createServer(() => (knocks += 1)).listen(0, LOOPBACK.address);
  await once(tripwire, 'listening');
  const address = tripwire.address();
  if (address === null || typeof address === 'string') throw new Error('no port');

  const answers = [PUBLIC];
  let lookups = 0;
  const connect = createGuardedConnector({
    allowedHosts: new Set(),
    connectTimeoutMs: 50,
    resolve: async () => {
      lookups += 1;
      return [answers.shift() ?? LOOPBACK];
    },
  });
  const attempt = () =>
    new Promise<Error | null>((resolve) => {
      const target = { hostname: 'rebound.example', protocol: 'http:', port: String(address.port) };
      connect(target, (...[error]) => resolve(error));
    });

  await expect(attempt()).resolves.toBeInstanceOf(Error);
  expect(lookups).toBe(1);
  await expect(attempt()).resolves.toMatchObject({ name: 'AddressRefused' });
  expect(knocks).toBe(0);
  tripwire.close();
  await once(tripwire, 'close');
});
