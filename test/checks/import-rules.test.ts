import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { cruise, type ICruiseResult } from 'dependency-cruiser';
import extractOptions from 'dependency-cruiser/config-utl/extract-depcruise-options';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OFFENCES, type SourceTree } from './import-rule-offences.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const MODULES_IN_PRODUCT = 200;

const options = await extractOptions(join(ROOT, '.dependency-cruiser.cjs'));
const ruleNames = (options.ruleSet?.forbidden ?? []).map(({ name }) => name ?? 'unnamed');

let folder: string;
beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'import-rules-')));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the import rules', () => {
  it('have an offence each that shows them fire', () => {
    expect(Object.keys(OFFENCES).toSorted()).toEqual(ruleNames.toSorted());
  });

  const offences = Object.entries(OFFENCES).flatMap(([rule, trees]) =>
    trees.map((tree) => ({ rule, files: Object.keys(tree).join(' → '), tree })),
  );
  it.each(offences)('report $rule for $files', async ({ rule, tree }) => {
    const { summary } = await cruiseFrom(plant(tree));
    expect(summary.violations.map((violation) => violation.rule.name)).toContain(rule);
  });

  it('find nothing in the product, and read all of it', async () => {
    const { summary, modules } = await cruiseFrom(ROOT);
    const read = modules.filter(({ source }) => /^src\/.+\.ts$/.test(source));
    const aliased = read.flatMap(({ dependencies }) => dependencies).filter(isAliased);

    expect(summary.violations).toEqual([]);
    expect(read.length).toBeGreaterThan(MODULES_IN_PRODUCT);
    expect(aliased.length).toBeGreaterThan(MODULES_IN_PRODUCT);
    expect(aliased.filter(({ resolved }) => !/^(src|test)\//.test(resolved))).toEqual([]);
  });
});

/** Writes a tree beside the project's own manifest and packages, so that names mean what they mean there. */
function plant(tree: SourceTree): string {
  const root = mkdtempSync(join(folder, 'tree-'));
  for (const name of ['package.json', 'tsconfig.json', 'node_modules']) {
    symlinkSync(join(ROOT, name), join(root, name));
  }
  for (const [path, text] of Object.entries(tree)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

async function cruiseFrom(root: string): Promise<ICruiseResult> {
  const { output } = await cruise(['src'], { ...options, baseDir: root });
  if (typeof output === 'string') throw new Error(output);
  return output;
}

function isAliased({ module }: { module: string }): boolean {
  return module.startsWith('#');
}
