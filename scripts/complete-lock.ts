// A registry may lack some platform binaries of an optional dependency. npm then leaves them out of
// the lock, and `npm ci` refuses it on the next machine; this adds the missing entries, or with
// --check names them. What no machine shall get is marked so, since npm has no word for that.
import { readFileSync, writeFileSync } from 'node:fs';
import { posix } from 'node:path';
import { parseArgs } from 'node:util';

type LockEntry = {
  readonly version?: string;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
  readonly libc?: readonly string[];
};
type Packages = Record<string, LockEntry>;

/** Chroma's server, 53 MB that its client brings along and does not use. */
const LEFT_OUT = /^node_modules\/chromadb-js-bindings-/;
const SYSTEMS =
  /android|darwin|win32|windows|linux|freebsd|openbsd|netbsd|sunos|aix|openharmony|wasm32/;
const PROCESSORS = /x64|x86_64|arm64|aarch64|ia32|arm|riscv64|ppc64|s390x|loong64|mips64el|wasm32/;
const NAMES_IN_NODE: Readonly<Record<string, string>> = {
  x86_64: 'x64',
  aarch64: 'arm64',
  windows: 'win32',
};

const { values, positionals } = parseArgs({
  options: { check: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const [path = 'package-lock.json'] = positionals;
const lock: { packages: Packages } = JSON.parse(readFileSync(path, 'utf8'));
const missing = findMissing(lock.packages);
const unwanted = findUnwanted(lock.packages);
const names = Object.keys({ ...missing, ...unwanted });

if (values.check && names.length > 0) {
  console.error(`${path} is not complete for ${names.join(', ')}; run npm run lock`);
  process.exit(1);
}
if (!values.check) {
  lock.packages = sortByPath({ ...lock.packages, ...missing, ...unwanted });
  writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`);
  console.log(`${names.length} optional entries completed in ${path}`);
}

/** `npm ci` leaves out what is for another system, and there is none of that name. */
function findUnwanted(packages: Packages): Packages {
  const found = Object.entries(packages).filter(
    ([place, { os }]) => LEFT_OUT.test(place) && os?.[0] !== 'none',
  );
  return Object.fromEntries(found.map(([place, entry]) => [place, { ...entry, os: ['none'] }]));
}

function findMissing(packages: Packages): Packages {
  const found: Packages = {};
  for (const [from, { dev, optionalDependencies }] of Object.entries(packages)) {
    for (const [name, range] of Object.entries(optionalDependencies ?? {})) {
      if (isLocked({ ...packages, ...found }, from, name)) continue;
      const top = `node_modules/${name}`;
      // Another version of it is at the top already, so this one goes below the package that needs it.
      const place = packages[top] ? `${from}/${top}` : top;
      found[place] = { ...describePlatformPackage(name, range), ...(dev && { dev }) };
    }
  }
  return found;
}

/** npm resolves a dependency from the folder that needs it, then upwards. */
function isLocked(packages: Packages, from: string, name: string): boolean {
  if (packages[posix.join(from, 'node_modules', name)]) return true;
  const parent = from.slice(0, Math.max(from.lastIndexOf('/node_modules/'), 0));
  return from !== '' && isLocked(packages, parent, name);
}

function describePlatformPackage(name: string, range: string): LockEntry {
  return {
    version: range.replace(/^[\^~>=\s]+/, ''),
    cpu: [findPart(PROCESSORS, name)],
    optional: true,
    os: [findPart(SYSTEMS, name)],
    ...(name.includes('musl') && { libc: ['musl'] }),
  };
}

/** What a package's name says of the machine it is for; where it says nothing, one that is never met. */
function findPart(parts: RegExp, name: string): string {
  const [part] = parts.exec(name) ?? ['none'];
  return NAMES_IN_NODE[part] ?? part;
}

function sortByPath(packages: Packages): Packages {
  return Object.fromEntries(Object.entries(packages).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
