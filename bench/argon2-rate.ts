// The raw rate of password checks: one after the other, with nothing around them. Prints checks per second.
import { hash, verify } from '@node-rs/argon2';
import { ARGON2_COST } from '../src/modules/identity/passwords/password-hasher.provider.ts';

const seconds = Number(process.argv[2]);
const password = 'Quite-a-long-0ne';
const encoded = await hash(password, ARGON2_COST);
const startedAt = performance.now();
let checks = 0;
while (performance.now() - startedAt < seconds * 1000) {
  await verify(encoded, password);
  checks += 1;
}
console.log(checks / ((performance.now() - startedAt) / 1000));
