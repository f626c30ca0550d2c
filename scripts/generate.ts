// Writes every file that is made from the code; with --check it changes nothing, and names what is out of date.
import { execFile } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { promisify } from 'node:util';

type Generated = { readonly file: string; readonly args: readonly string[] };

/** Each command prints its file. */
const GENERATED: readonly Generated[] = [
  { file: 'openapi.json', args: ['src/main.ts', 'openapi'] },
  { file: 'database/schema.sql', args: ['scripts/print-schema.ts'] },
  { file: 'src/platform/db/schema.generated.ts', args: ['scripts/print-row-types.ts'] },
  { file: '.env.example', args: ['scripts/print-env-example.ts'] },
];
const MAX_FILE_BYTES = 2 ** 26;

// The result must not depend on the settings of whoever runs this.
const environment = { PATH: process.env['PATH'], APP_ENV: 'test', LOG_LEVEL: 'silent' };

const isCheck = process.argv.includes('--check');
const results = await Promise.all(GENERATED.map(compare));
const stale = results.filter(({ isCurrent }) => !isCurrent);
for (const { file, text } of stale) {
  if (isCheck) console.error(`out of date: ${file}`);
  else writeFileSync(file, text);
}
if (isCheck && stale.length > 0) {
  console.error('run make types, and commit what it writes');
  process.exit(1);
}

async function compare({ file, args }: Generated) {
  const text = await print(args);
  return { file, text, isCurrent: existsSync(file) && readFileSync(file, 'utf8') === text };
}

async function print(args: readonly string[]): Promise<string> {
  const options = { env: environment, maxBuffer: MAX_FILE_BYTES };
  const { stdout } = await promisify(execFile)(process.execPath, args, options);
  if (stdout === '') throw new Error(`${args.join(' ')} printed nothing`);
  return stdout;
}
