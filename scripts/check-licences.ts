// Fails when production would install a package whose licence is not on the list.
import { execFileSync } from 'node:child_process';
import { z } from 'zod';

const ALLOWED = new Set([
  'MIT',
  'MIT-0',
  'ISC',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  'Unlicense',
  '(MIT AND Zlib)',
  '(MIT OR CC0-1.0)',
  '(MIT OR GPL-3.0-or-later)',
]);

/** Their manifests name no exact licence; the licence files were read: two-clause BSD. */
const READ_BY_HAND = new Set(['duck@0.1.12']);

const Report = z.record(
  z.string(),
  z.object({ licenses: z.union([z.string(), z.array(z.string())]) }),
);

const packages = Report.parse(
  JSON.parse(
    execFileSync(
      'license-checker-rseidelsohn',
      ['--production', '--excludePrivatePackages', '--json'],
      { encoding: 'utf8', maxBuffer: 2 ** 26 },
    ),
  ),
);
const refused = Object.entries(packages)
  .map(([name, { licenses }]) => ({ name, licence: [licenses].flat().join(', ') }))
  .filter(({ name, licence }) => !ALLOWED.has(licence) && !READ_BY_HAND.has(name));

for (const { name, licence } of refused) console.error(`${name} is under ${licence}`);
if (refused.length > 0) process.exit(1);
console.log(`${Object.keys(packages).length} packages under ${ALLOWED.size} licences`);
