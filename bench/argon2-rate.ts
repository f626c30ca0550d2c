// The raw rate of password checks with nothing around them, as many at a time as the service runs.
// Prints checks per second.
import { hash, verify } from '@node-rs/argon2';
import { availableParallelism } from 'node:os';
import { ARGON2_COST } from '../src/modules/identity/passwords/argon2-cost.ts';

const seconds = Number(process.argv[2]);
const password = 'Quite-a-long-0ne';
const encoded = await hash(password, ARGON2_COST);
const startedAt = performance.now();
let checks = 0;
const workers = Array.from({ length: Math.max(1, availableParallelism() - 1) }, async () => {
  while (performance.now() - startedAt < seconds * 1000) {
    await verify(encoded, password);
    checks += 1;
  }
});
await Promise.all(workers);
console.log(checks / ((performance.now() - startedAt) / 1000));
