import type { OpenAPIV3_1 } from 'openapi-types';

type Schemas = NonNullable<OpenAPIV3_1.ComponentsObject['schemas']>;

const REFERENCE = /"#\/components\/schemas\/([^"/]+)"/g;
const INPUT_SUFFIX = 'Input';

/**
 * Keeps the component schemas that something refers to. Each schema arrives twice, as `X` and as
 * `XInput`; where both say the same, or only the second is used, it is `X`.
 */
export function keepUsedSchemas(document: OpenAPIV3_1.Document): OpenAPIV3_1.Document {
  const { schemas = {}, ...components } = document.components ?? {};
  const used = reachable({ ...document, components }, schemas);
  const names = new Map([...used].map((name) => [name, shortName(name, { used, schemas })]));
  const kept = [...used].toSorted().map((name) => [names.get(name) ?? name, schemas[name]]);
  const all = { ...document, components: { ...components, schemas: Object.fromEntries(kept) } };
  const text = JSON.stringify(all).replaceAll(
    REFERENCE,
    (_, name: string) => `"#/components/schemas/${names.get(name) ?? name}"`,
  );
  const renamed: OpenAPIV3_1.Document = JSON.parse(text);
  return renamed;
}

function reachable(root: object, schemas: Schemas): ReadonlySet<string> {
  const found = new Set<string>();
  const queue: unknown[] = [root];
  for (const node of queue) {
    for (const [, name = ''] of JSON.stringify(node ?? null).matchAll(REFERENCE)) {
      if (found.has(name)) continue;
      found.add(name);
      queue.push(schemas[name]);
    }
  }
  return found;
}

function shortName(
  name: string,
  { used, schemas }: { used: ReadonlySet<string>; schemas: Schemas },
): string {
  if (!name.endsWith(INPUT_SUFFIX)) return name;
  const short = name.slice(0, -INPUT_SUFFIX.length);
  if (schemas[short] === undefined) return name;
  return !used.has(short) || isSame(schemas[name], schemas[short]) ? short : name;
}

function isSame(input: unknown, output: unknown): boolean {
  return withoutSuffixes(input) === withoutSuffixes(output);
}

function withoutSuffixes(schema: unknown): string {
  return JSON.stringify(schema).replaceAll(REFERENCE, (whole) => whole.replace(/Input"$/, '"'));
}
