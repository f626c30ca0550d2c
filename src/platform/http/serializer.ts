import fastJson from 'fast-json-stringify';
import type { FastifySerializerCompiler } from 'fastify';
import { z, ZodType } from 'zod';

type Serialize = (value: unknown) => string;
type ResponseSchema = ZodType | { readonly schema?: unknown };

/**
 * Serializes a response by its schema: what the schema does not name never leaves, and a member that
 * is missing is an error. The value is not parsed again, which would cost more than the writing.
 * A serializer is compiled at its first use: all of them would be a tenth of a start.
 */
export function createSerializerCompiler(): FastifySerializerCompiler<ResponseSchema> {
  const compiled = new WeakMap<ZodType, Serialize>();

  return ({ schema, method, url }) => {
    if (!(schema instanceof ZodType)) {
      throw new TypeError(`The response schema of ${method} ${url} is not a Zod schema`);
    }
    return (value) => serializerOf(schema)(value);
  };

  function serializerOf(schema: ZodType): Serialize {
    const known = compiled.get(schema);
    if (known) return known;
    const serialize = compileSerializer(schema);
    compiled.set(schema, serialize);
    return serialize;
  }
}

export function compileSerializer(schema: ZodType): Serialize {
  const jsonSchema = z.toJSONSchema(schema, {
    target: 'draft-7',
    io: 'output',
    unrepresentable: 'any',
    // A registry of our own without ids: everything is inlined, and one schema compiles alone.
    metadata: z.registry<{ id?: string }>(),
    override: ({ zodSchema, jsonSchema: node }) => {
      if (zodSchema instanceof z.ZodDate) node.type = 'string';
    },
  });
  const simplified: fastJson.AnySchema = JSON.parse(JSON.stringify(jsonSchema), (_name, node) =>
    isNode(node) ? simplify(node) : node,
  );
  return fastJson(simplified);
}

type Node = Readonly<Record<string, unknown>>;

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Takes out what only a validator needs, and would try on every value where there is a choice. */
function simplify(node: Node): Node {
  const kept = Object.entries(node).filter(([name, value]) => !isConstraint(name, value));
  const simplified = Object.fromEntries(kept);
  const { anyOf } = simplified;
  if (!Array.isArray(anyOf) || anyOf.length !== 2) return simplified;
  const [value, nothing]: unknown[] = anyOf;
  if (!isNode(value) || !isNode(nothing) || nothing['type'] !== 'null') return simplified;
  if (typeof value['type'] !== 'string' || 'const' in value) return simplified;
  const { anyOf: _, ...rest } = simplified;
  // Null is not among the names of an enum, and the serializer does not need them.
  const { enum: __, ...plain } = value;
  return { ...rest, ...plain, nullable: true };
}

/** A value under one of these names that is an object is a member of the response, not a constraint. */
function isConstraint(name: string, value: unknown): boolean {
  if (name === 'additionalProperties') return value === false;
  return (name === 'format' || name === 'pattern') && typeof value === 'string';
}
