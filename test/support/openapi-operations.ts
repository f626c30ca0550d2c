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
export type BodyField = {
  readonly path: readonly string[];
  readonly type: string;
  /** What must stand beside it for its place to be there. */
  readonly beside: readonly { readonly path: readonly string[]; readonly value: Json }[];
};

/** What the pattern of an id begins with. */
const PREFIX = /^\^([a-z]+[-_])\[/;
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

/** The path with this id in each place for one, with what such an id begins with there. */
export function pathWith({ path, parameters }: Operation, id: string): string {
  return path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const parameter = parameters.find((found) => found.name === name);
    const [, prefix = ''] = PREFIX.exec(parameter?.schema?.pattern ?? '') ?? [];
    return prefix + id;
  });
}

/** OpenAI answers 400 to what is invalid, and so do we under its paths. */
export function invalidStatus({ path }: Pick<Operation, 'path'>): number {
  return path.startsWith('/v1/') ? 400 : 422;
}

/** Which fields a refusal names, in whichever form. */
export function refusedFields(body: Json): readonly string[] {
  return (body.error ?? body).errors?.map(({ field }: Json) => field) ?? [];
}

/** The strings and numbers that a body can hold, in whatever depth. */
export function listFields(
  schema: Json,
  path: readonly string[] = [],
  beside: BodyField['beside'] = [],
): readonly BodyField[] {
  if (!schema) return [];
  // Where anything may stand, a text may.
  if (Object.keys(schema).length === 0) return [{ path, beside, type: 'string' }];
  const branches = [schema.anyOf, schema.oneOf, schema.allOf].flatMap((found) => found ?? []);
  const kinds = [...beside, ...kindsOf(schema, path)];
  return [
    ...branches.flatMap((branch) => listFields(branch, path, beside)),
    ...Object.entries(schema.properties ?? {}).flatMap(([name, member]) =>
      listFields(member, [...path, name], kinds),
    ),
    ...listFields(schema.additionalProperties, [...path, 'member'], kinds),
    ...listFields(schema.items, [...path, '0'], beside),
    ...[schema.type].flat().flatMap((type) => (isLeaf(type) ? [{ path, beside, type }] : [])),
  ];
}

/** What says which of several shapes an object has: its members with one value, or one of a few. */
function kindsOf(schema: Json, path: readonly string[]): BodyField['beside'] {
  const required: readonly string[] = schema.required ?? [];
  return required.flatMap((name) => {
    const { const: only, enum: several } = schema.properties?.[name] ?? {};
    const value = only ?? several?.[0];
    return value === undefined ? [] : [{ path: [...path, name], value }];
  });
}

/** A body that holds nothing but `value` at the field's place, and what must stand beside it. */
export function bodyWith({ path, beside }: Pick<BodyField, 'path' | 'beside'>, value: Json): Json {
  let body: Json;
  for (const kind of beside) body = placed(body, kind.path, kind.value);
  return placed(body, path, value);
}

function placed(body: Json, [name, ...rest]: readonly string[], value: Json): Json {
  if (name === undefined) return value;
  if (name === '0') return [placed(body?.[0], rest, value)];
  return { ...body, [name]: placed(body?.[name], rest, value) };
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
