// Compiles src/ to dist/ and copies what the code reads beside itself.
import { execFileSync } from 'node:child_process';
import { cpSync, globSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

rmSync('dist', { recursive: true, force: true });
execFileSync('tsc', ['-p', 'tsconfig.build.json'], { stdio: 'inherit' });

for (const path of globSync('**/*.*', { cwd: 'src', exclude: ['**/*.ts'] })) {
  cpSync(join('src', path), join('dist', path));
}

// The nearest package.json decides what `#platform/...` means: here, the compiled files.
const { imports } = z
  .object({ imports: z.record(z.string(), z.string()) })
  .parse(JSON.parse(readFileSync('package.json', 'utf8')));
const compiled = Object.entries(imports)
  .filter(([, path]) => path.startsWith('./src/'))
  .map(([name, path]) => [name, path.replace('./src/', './').replace(/\.ts$/, '.js')]);
const manifest = { type: 'module', imports: Object.fromEntries(compiled) };
writeFileSync(join('dist', 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
