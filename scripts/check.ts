// Runs the checks, which are the `check:` scripts of package.json, or only those that are named;
// says which failed, and exits with 1 if any did.
import { exec } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import pLimit from 'p-limit';
import { z } from 'zod';

type Check = { readonly name: string; readonly command: string };

const PREFIX = 'check:';
const MAX_OUTPUT_BYTES = 2 ** 26;
const NAME_WIDTH = 14;
/** A check that could not look at everything says so in a line that begins like this. */
const NOTE = /^note: (.+)$/m;

const { scripts } = z
  .object({ scripts: z.record(z.string(), z.string()) })
  .parse(JSON.parse(readFileSync('package.json', 'utf8')));
const chosen = selectChecks(process.argv.slice(2));

const inTurn = pLimit(availableParallelism());
const outcomes = await Promise.all(chosen.map((check) => inTurn(() => run(check))));
const failed = chosen.filter((_, index) => outcomes[index] === false).map(({ name }) => name);

console.log(
  failed.length === 0 ? `all ${chosen.length} checks passed` : `failed: ${failed.join(', ')}`,
);
process.exit(failed.length === 0 ? 0 : 1);

function selectChecks(names: readonly string[]): readonly Check[] {
  const checks = Object.entries(scripts)
    .filter(([script]) => script.startsWith(PREFIX))
    .map(([script, command]) => ({ name: script.slice(PREFIX.length), command }));
  const unknown = names.filter((name) => !checks.some((check) => check.name === name));
  if (unknown.length > 0 || checks.length === 0) {
    throw new Error(`No such check: ${unknown.join(', ')}`);
  }
  return names.length === 0 ? checks : checks.filter(({ name }) => names.includes(name));
}

/** Says how a check went in one line, and what it printed only where it failed. */
function run({ name, command }: Check): Promise<boolean> {
  const startedAt = performance.now();
  return new Promise((resolve) => {
    exec(command, { maxBuffer: MAX_OUTPUT_BYTES }, (failure, stdout, stderr) => {
      const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
      const [, note = ''] = NOTE.exec(stdout) ?? [];
      console.log(
        `${failure ? 'FAIL' : 'ok  '} ${name.padEnd(NAME_WIDTH)} ${seconds} s  ${note}`.trimEnd(),
      );
      if (failure) console.log(`${stdout}${stderr}`.trimEnd());
      resolve(!failure);
    });
  });
}
