// Bundles src/ into dist/, and copies what the code reads beside itself. A start reads some two thousand modules, and
// finding each of them takes longer than all that they do.
import { cpSync, globSync, rmSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { rolldown, type Plugin } from 'rolldown';

const SOURCE = resolve('src');
const OUTPUT = resolve('dist');
/** Threads are entries, at the places where the code looks for them. */
const ENTRIES = ['main.ts', ...globSync('**/*-worker.ts', { cwd: SOURCE })];
/**
 * Packages of many small modules that every start reads. All others stay where npm put them: some are patched by
 * tracing as they load, have native parts, files or threads beside them, or are read only when they are needed.
 */
const BUNDLED = ['fastify-type-provider-zod', 'jose', 'kysely', 'uuid', 'zod'];

rmSync(OUTPUT, { recursive: true, force: true });
const bundle = await rolldown({
  input: Object.fromEntries(ENTRIES.map((path) => [path.replace(/\.ts$/, ''), join(SOURCE, path)])),
  platform: 'node',
  external: isExternal,
  plugins: [placesOfModules()],
});
await bundle.write({ dir: OUTPUT, format: 'esm', chunkFileNames: '[name]-[hash].js' });

for (const path of globSync('**/*.*', { cwd: SOURCE, exclude: ['**/*.ts'] })) {
  cpSync(join(SOURCE, path), join(OUTPUT, path));
}

function isExternal(id: string): boolean {
  if (/^[./#]/.test(id)) return false;
  return !BUNDLED.some((name) => id === name || id.startsWith(`${name}/`));
}

/** A module that looks for a file beside itself finds it where the module would be if it were not bundled. */
function placesOfModules(): Plugin {
  return {
    name: 'places-of-modules',
    transform(code, id) {
      if (!id.startsWith(SOURCE) || !code.includes('import.meta.url')) return;
      const place = relative(SOURCE, id).replace(/\.ts$/, '.js');
      return code.replaceAll('import.meta.url', `new URL('./${place}', import.meta.url).href`);
    },
  };
}
