import type { Json } from './client.ts';

export type Operation = {
  readonly operationId: string;
  readonly method: string;
  /** Relative to the API's prefix where it has it. */
  readonly path: string;
  readonly parameters: readonly Json[];
  /** The ways to sign it, any one of which will do; none for a public one. */
  readonly security: readonly Readonly<Record<string, unknown>>[];
  /** The schema of the JSON body, without references. */
  readonly body: Json;
};

/** A place in a body, such as `items.0.name`. */
export type BodyField = { readonly path: readonly string[]; readonly type: string };

const METHODS = new Set(['get', 'post', 'put', 'patch', 'delete']);

/** Every operation that the service describes of itself. */
export async function listOperations(baseUrl: string): Promise<readonly Operation[]> {
  const document: Json = await (await fetch(`${baseUrl}/openapi.json`)).json();
  return Object.entries<Json>(document.paths).flatMap(([path, item]) =>
    Object.entries<Json>(item)
      .filter(([method]) => METHODS.has(method))
      .map(([method, operation]) => ({
        operationId: operation.operationId,
        method: method.toUpperCase(),
        path: path.replace('/api/v1', ''),
        parameters: operation.parameters ?? [],
        security: operation.security ?? [],
        body: resolve(operation.requestBody?.content?.['application/json']?.schema, document),
      })),
  );
}

/** The strings and numbers that a body can hold, in whatever depth. */
export function listFields(schema: Json, path: readonly string[] = []): readonly BodyField[] {
  if (!schema) return [];
  // Where anything may stand, a text may.
  if (Object.keys(schema).length === 0) return [{ path, type: 'string' }];
  const branches = [schema.anyOf, schema.oneOf, schema.allOf].flatMap((found) => found ?? []);
  return [
    ...branches.flatMap((branch) => listFields(branch, path)),
    ...Object.entries(schema.properties ?? {}).flatMap(([name, member]) =>
      listFields(member, [...path, name]),
    ),
    ...listFields(schema.additionalProperties, [...path, 'member']),
    ...listFields(schema.items, [...path, '0']),
    ...[schema.type].flat().flatMap((type) => (isLeaf(type) ? [{ path, type }] : [])),
  ];
}

/** A body that holds nothing but `value` at `path`. */
export function bodyWith(path: readonly string[], value: Json): Json {
  return path.reduceRight<Json>(
    (inner, name) => (name === '0' ? [inner] : { [name]: inner }),
    value,
  );
}

function isLeaf(type: unknown): boolean {
  return type === 'string' || type === 'number' || type === 'integer';
}

/** Puts what references point to in their place; nothing here refers to itself. */
function resolve(schema: Json, document: Json): Json {
  if (typeof schema !== 'object' || schema === null) return schema;
  if (Array.isArray(schema)) return schema.map((item) => resolve(item, document));
  if (typeof schema.$ref === 'string') {
    const [, ...names] = schema.$ref.split('/');
    return resolve(
      names.reduce((part: Json, name: string) => part[name], document),
      document,
    );
  }
  return Object.fromEntries(
    Object.entries(schema).map(([name, member]) => [name, resolve(member, document)]),
  );
}
